"""The distance of Levenshtein 1966, in numpy: insertions, deletions and substitutions of a symbol.

Only a band of 2 k + 1 diagonals of the table is computed, which tells whether the distance is at
most k (Ukkonen 1985, "Algorithms for approximate string matching").
"""

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine.core import Symbols

Band = list[NDArray[np.int8]]


def are_near(
    names: NDArray[np.integer],
    lengths: NDArray[np.integer],
    others: NDArray[np.integer],
    other_lengths: NDArray[np.integer],
    edits: int,
) -> NDArray[np.bool_]:
    """Tell of each pair of names whether their distance is at most ``edits``, bool [B].

    Row i of the band has the distances of the name's first i symbols from the other name's first
    i + t - edits, for t from 0 to 2 edits.

    Args:
        names: symbols of one name of each pair, and anything behind them, [B, N].
        lengths: length of each of these names, [B].
        others: symbols of the other names, and anything behind them, [B, N + edits].
        other_lengths: length of each of these names, which differs by at most ``edits``, [B].
        edits: largest distance, in [0, 62].
    """
    ahead = range(-edits, edits + 1)
    band = [np.full(len(names), t if t >= 0 else edits + 1, dtype=np.int8) for t in ahead]
    ends = other_lengths - lengths + edits  # the entry of two whole names in their row
    near = np.zeros(len(names), dtype=bool)
    for i in range(names.shape[1] + 1):
        if i:
            band = _next_row(band, names[:, i - 1], others, i)
        whole = np.flatnonzero(lengths == i)
        near[whole] = np.stack(band, axis=1)[whole, ends[whole]] <= edits
    return near


def _next_row(band: Band, symbols: Symbols, others: NDArray[np.integer], i: int) -> Band:
    """Return row i of the band from the row before it and the i-th symbol of each name."""
    edits = len(band) // 2
    far = np.int8(edits + 1)
    row: Band = []
    for t, before in enumerate(band):
        j = i + t - edits  # number of the other name's symbols
        if j <= 0:
            row.append(np.full(len(symbols), min(i, far) if j == 0 else far, dtype=np.int8))
            continue
        best = before + (symbols != others[:, j - 1])
        if t:
            best = np.minimum(best, row[t - 1] + 1)
        if t + 1 < len(band):
            best = np.minimum(best, band[t + 1] + 1)
        row.append(np.minimum(best, far))
    return row
