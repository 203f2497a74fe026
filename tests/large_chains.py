"""A large realistic chain: the most frequent contexts of real names, with smoothed counts."""

from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from namesmith_server.engine import Chain

NAMES = Path(__file__).parent.parent / "trainer/namesmith_trainer/data/datasets/us-names.txt"
SIZE = 27
LONGEST = 6
"""Largest number of symbols of a context; the start of a name counts as one."""

SMOOTHING = 2.0
"""Weight of the distribution of the next shorter context, in observations."""

Ids = NDArray[np.int64]


def large_chain(states: int, copies: int = 4) -> Chain:
    """Return a chain of variable order, whose states are contexts closed under suffixes.

    Args:
        states: number of states: the empty context and the most frequent contexts.
        copies: number of copies of the names, of which all but the first are misspelt at random.
    """
    codes, nexts = _observations(copies)  # (LONGEST + 1, N), (N,)
    seen, counts = np.unique(codes[codes >= 0], return_counts=True)
    order = np.lexsort((seen, -counts))[:states]  # a suffix is shorter, and no less frequent
    kept = np.sort(seen[order])  # shorter contexts first
    lengths = np.searchsorted(_bases(), kept, side="right") - 1
    probabilities = np.full((len(kept), SIZE), 1 / SIZE)
    for k in range(LONGEST + 1):
        (mine,) = np.nonzero(lengths == k)
        place = np.searchsorted(kept, codes[k])
        known = (codes[k] >= 0) & (kept[np.minimum(place, len(kept) - 1)] == codes[k])
        observed = np.bincount(place[known] * SIZE + nexts[known], minlength=len(kept) * SIZE)
        shorter = probabilities[_places(kept, _suffixes(kept[mine], k), k - 1)] if k else 1 / SIZE
        weights = observed.reshape(-1, SIZE)[mine] + SMOOTHING * shorter
        probabilities[mine] = weights / weights.sum(1, keepdims=True)
    successors = _successors(kept, lengths)
    start = int(_places(kept, _code(np.zeros((1, 1), dtype=np.int64)), 1)[0])
    successors[:, 0] = start
    return Chain.from_successors(np.log(probabilities).astype(np.float32), successors, start)


def _bases() -> Ids:
    """Return the least code of a context of each length: shorter contexts have lesser codes."""
    return np.cumsum([0, *(SIZE**k for k in range(LONGEST + 1))])


def _code(contexts: Ids) -> Ids:
    """Return the codes of contexts of one length, [B, k], the oldest symbol first."""
    k = contexts.shape[1]
    return _bases()[k] + contexts @ (SIZE ** np.arange(k - 1, -1, -1))


def _suffixes(codes: Ids, k: int) -> Ids:
    """Return the codes of contexts of k symbols without the oldest symbol."""
    return (codes - _bases()[k]) % SIZE ** (k - 1) + _bases()[k - 1]


def _places(kept: Ids, codes: Ids, k: int) -> Ids:
    """Return the place of the longest kept suffix of each context of k symbols."""
    place = np.minimum(np.searchsorted(kept, codes), len(kept) - 1)
    (missing,) = np.nonzero(kept[place] != codes)
    if len(missing):
        place[missing] = _places(kept, _suffixes(codes[missing], k), k - 1)
    return place


def _successors(kept: Ids, lengths: Ids) -> NDArray[np.int32]:
    successors = np.zeros((len(kept), SIZE), dtype=np.int32)
    for k in range(LONGEST + 1):
        (mine,) = np.nonzero(lengths == k)
        codes, longer = kept[mine], k + 1
        if k == LONGEST:
            codes, longer = _suffixes(codes, k), k
        number = codes - _bases()[longer - 1]
        for symbol in range(SIZE):
            extended = number * SIZE + symbol + _bases()[longer]
            successors[mine, symbol] = _places(kept, extended, longer)
    return successors


def _observations(copies: int) -> tuple[Ids, Ids]:
    """Return the codes of the contexts of each length before each symbol, and the symbols."""
    text = np.frombuffer(NAMES.read_bytes(), dtype=np.uint8).astype(np.int64)
    symbols = np.where(text == ord("\n"), 0, text - ord("a") + 1)
    rng = np.random.default_rng(0)
    written = [symbols]
    for _ in range(copies - 1):
        misspelt = (rng.random(len(symbols)) < 0.1) & (symbols > 0)
        written.append(np.where(misspelt, rng.choice(symbols[symbols > 0], len(symbols)), symbols))
    every = np.concatenate([[0], *written])
    ends = np.flatnonzero(every == 0)
    since = np.arange(len(every)) - ends[np.searchsorted(ends, np.arange(len(every)), "right") - 1]
    codes = np.full((LONGEST + 1, len(every) - 1), -1, dtype=np.int64)
    codes[0] = 0
    for k in range(1, LONGEST + 1):
        (able,) = np.nonzero(since[:-1] + 1 >= k)
        codes[k, able] = _code(every[able[:, None] + np.arange(1 - k, 1)])
    return codes, every[1:]
