"""The names within one or two edits of a list of names, by an index of the list's variants.

A name is compared with the listed names alone that share a variant with it: a dozen of 24,000. In
compiled code where it is there; numpy gives the same answers.
"""

import numpy as np
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith_server.engine import native
from namesmith_server.engine.constraints.deletion_variants import Variants, variants_of
from namesmith_server.engine.constraints.edit_distance import are_near
from namesmith_server.engine.core import (
    EncodedNames,
    checkpoint,
    chunk_slices,
    name_places,
    places_within,
    reserve,
)

ENTRY_BYTES = 40
"""Number of bytes of an entry of the index while it is sorted; 12 of them stay."""

CHUNK = 1 << 10
"""Number of names that are looked up between two checkpoints: a few milliseconds."""

MAX_PAIRS = 1 << 17
"""Largest number of pairs of names that numpy compares at once, unless one name has more."""


class Neighbourhood:
    """The names of Levenshtein distance at most ``edits`` from a name of a list.

    Attributes:
        edits: largest number of insertions, deletions and substitutions of one symbol, >= 1.
        size: number of bytes that the index holds.
    """

    def __init__(self, names: EncodedNames, edits: int) -> None:
        """Build the index of a list of encoded names; tell the bytes that it holds."""
        self.edits = edits
        self._starts, self._lengths = name_places(names)
        behind = np.zeros(MAX_LENGTH + edits, dtype=names.dtype)  # of the last name
        self._names = np.append(names, behind)
        keys, owners = [np.zeros(0, dtype=np.uint64)], [np.zeros(0, dtype=np.int32)]
        for places, variants in variants_of(names, edits):
            reserve(ENTRY_BYTES * variants.size)
            keys.append(variants.reshape(-1))
            owners.append(np.repeat(places.astype(np.int32), variants.shape[1]))
        everything = np.concatenate(keys)
        order = np.argsort(everything)
        self._keys = everything[order]
        self._owners = np.concatenate(owners)[order]
        self._index = self._compiled_index()
        arrays = self._names, self._starts, self._lengths, self._keys, self._owners
        self.size = sum(array.nbytes for array in arrays)

    def holds(self, names: EncodedNames) -> NDArray[np.bool_]:
        """Return whether each encoded name, of at most MAX_LENGTH symbols, is near, bool [N]."""
        starts, lengths = name_places(names)
        held = np.zeros(len(starts), dtype=bool)
        if self._index is not None:
            for part in chunk_slices(len(starts), CHUNK):
                checkpoint()
                held[part] = self._index.holds(names, starts[part], lengths[part])
            return held
        for places, variants in variants_of(names, self.edits):
            for column in variants.T:  # the first ones settle most names
                left = np.flatnonzero(~held[places])
                near = self._share(names, starts, lengths, places[left], column[left])
                held[near] = True
        return held

    def _share(
        self,
        names: EncodedNames,
        starts: NDArray[np.int64],
        lengths: NDArray[np.int64],
        places: NDArray[np.intp],
        variants: Variants,
    ) -> NDArray[np.intp]:
        """Return which of the names at ``places`` are near a listed name of the same variant."""
        first = np.searchsorted(self._keys, variants)
        counts = np.searchsorted(self._keys, variants, side="right") - first
        near = []
        for part in _parts(counts):
            checkpoint()
            pairs = np.repeat(part, counts[part])
            own = places[pairs]
            listed = self._owners[first[pairs] + places_within(pairs)]
            fits = abs(self._lengths[listed] - lengths[own]) <= self.edits
            own, listed = own[fits], listed[fits]
            longest = np.arange(lengths[own].max(initial=0) + self.edits)
            symbols = np.take(names, starts[own, np.newaxis] + longest[: -self.edits], mode="clip")
            others = self._names[self._starts[listed, np.newaxis] + longest]
            sizes = lengths[own], self._lengths[listed]
            near.append(own[are_near(symbols, sizes[0], others, sizes[1], self.edits)])
        return np.concatenate([places[:0], *near])

    def _compiled_index(self) -> native.VariantIndex | None:
        """Return the index for compiled code; None where that is not there, or has no such ids."""
        if not native.available or self._names.max() >= native.layouts.MAX_VOCAB_SIZE:
            return None
        lists = self._names, self._starts, self._lengths
        return native.VariantIndex(self.edits, self._keys, self._owners, *lists)


def _parts(counts: NDArray[np.int64]) -> list[NDArray[np.intp]]:
    """Return the places of names in parts whose pairs, given their counts, are few enough."""
    which = np.cumsum(counts) // MAX_PAIRS
    return np.split(np.arange(len(counts)), np.flatnonzero(np.diff(which)) + 1)
