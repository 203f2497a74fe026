"""The variants of a list of names, for compiled code."""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import EncodedNames, Int32s, Int64s
from namesmith_server.engine.native import layouts
from namesmith_server.engine.native.compiled import _variants
from namesmith_server.engine.native.layouts import address


class VariantIndex:
    """The variants of a list of names, as ``constraints.Neighbourhood`` looks them up in numpy."""

    def __init__(  # noqa: PLR0913, PLR0917 - the fields of the struct
        self,
        edits: int,
        keys: NDArray[np.uint64],
        owners: Int32s,
        names: EncodedNames,
        starts: Int64s,
        lengths: Int64s,
    ) -> None:
        """Set the list.

        Args:
            edits: largest distance of a near name, 1 or 2.
            keys: variants of all names, sorted, uint64 [E].
            owners: the name of each variant, int32 [E].
            names: symbols of all names.
            starts: first place of each name, int64 [names].
            lengths: length of each name, int64 [names].
        """
        bits = max(len(keys).bit_length(), 1)
        firsts = np.arange((1 << bits) + 1, dtype=np.float64) * 2.0 ** (64 - bits)
        buckets = np.append(np.searchsorted(keys, firsts[:-1].astype(np.uint64)), len(keys))
        symbols = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
        arrays = keys, owners, buckets.astype(np.int64), symbols, starts, lengths
        self._held = arrays
        fields = (*(address(array) for array in arrays), bits, edits)
        self._index = np.array(fields, dtype=layouts.VARIANTS)

    def holds(self, names: EncodedNames, starts: Int64s, lengths: Int64s) -> NDArray[np.bool_]:
        """Return whether each name, given by its place and its length, is near: bool [B]."""
        symbols = np.ascontiguousarray(names, dtype=layouts.SYMBOL_ID)
        held = np.empty(len(starts), dtype=bool)
        _variants.holds(
            *(address(self._index), address(symbols), address(starts, np.int64)),
            *(address(lengths, np.int64), len(starts), address(held)),
        )
        return held
