"""The variants of names with some symbols deleted, by which names a few edits apart are found.

Two names within k edits of each other have a variant in common: what is left of their first
``INDEXED`` symbols when at most k of them are deleted (Mor and Fraenkel 1982, "A hash code method
for detecting and correcting spelling errors").

      anna  ->  anna  nna ana ann  na aa an nn          "ana" is a variant of both names:
      ana   ->  ana   na aa an     a n                  they may be 2 edits apart, or fewer
"""

from collections.abc import Iterator
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, checkpoint, chunk_slices, name_places

INDEXED = 8
"""Number of first symbols of a name of which variants are made, one byte each of a variant."""

SPREAD = 0x9E3779B97F4A7C15
"""Odd factor that spreads variants over the numbers of 64 bits, each to a number of its own."""

CHUNK = 1 << 14
"""Number of names whose variants are made between two checkpoints."""

Variants = NDArray[np.uint64]


def variants_of(names: EncodedNames, deletions: int) -> Iterator[tuple[NDArray[np.intp], Variants]]:
    """Yield places of encoded names [B], and the names' variants [B, C], the whole names first.

    Args:
        names: encoded names.
        deletions: largest number of symbols that are deleted, >= 0.
    """
    starts, lengths = name_places(names)
    indexed = np.minimum(lengths, INDEXED)
    for length in np.unique(indexed).tolist():
        same = np.flatnonzero(indexed == length)
        for part in chunk_slices(len(same), CHUNK):
            checkpoint()
            places = same[part]
            symbols = names[starts[places, np.newaxis] + np.arange(length)].astype(np.uint64)
            # A symbol is a byte, never 0; symbols of large vocabularies may share one.
            symbols = (symbols - np.uint64(1)) % np.uint64(255) + np.uint64(1)
            yield places, _variants(symbols, deletions)


def _variants(symbols: Variants, deletions: int) -> Variants:
    """Return the variants [B, C] of names of one length, [B, N]."""
    length = symbols.shape[1]
    columns = []
    for deleted in range(min(deletions, length) + 1):
        for kept in combinations(range(length), length - deleted):
            variant = np.zeros(len(symbols), dtype=np.uint64)
            for place, symbol in enumerate(kept):
                variant |= symbols[:, symbol] << np.uint64(8 * place)
            columns.append(variant * np.uint64(SPREAD))
    return np.stack(columns, axis=1)
