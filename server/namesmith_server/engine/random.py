"""Counter-based random numbers: a draw is a function of (seed, row, counter) and nothing else.

SplitMix64 (Steele, Lea, Flood 2014, "Fast splittable pseudorandom number generators") used twice:
the row's key is the row-th output of the generator that the mixed seed starts, a draw is the
counter-th output of the generator that the key starts.
"""

import numpy as np
from numpy.typing import NDArray

GAMMA = 0x9E3779B97F4A7C15
MASK = (1 << 64) - 1
_M1, _M2 = 0xBF58476D1CE4E5B9, 0x94D049BB133111EB

Keys = NDArray[np.uint64]


def row_keys(seed: int, first: int, count: int) -> Keys:
    """The keys uint64 [count] of the rows from ``first`` on, for a seed in [0, 2^64)."""
    rows = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    return _mix(rows * np.uint64(GAMMA) + np.uint64(mix(seed)))


def uniforms(keys: Keys, counter: int | NDArray[np.uint64]) -> NDArray[np.float64]:
    """A draw for each key: float64 [B] in [0, 1), multiples of 2^-53."""
    step = (counter + 1) * GAMMA & MASK if isinstance(counter, int) else _steps(counter)
    draws: NDArray[np.float64] = (_mix(keys + np.uint64(step)) >> np.uint64(11)) * np.float64(
        2.0**-53
    )
    return draws


def row_key(seed: int, row: int) -> int:
    """The key of one row, as ``row_keys``."""
    return mix(mix(seed) + (row + 1) * GAMMA)


def uniform(key: int, counter: int) -> float:
    """A draw for one key, as ``uniforms``."""
    return (mix(key + (counter + 1) * GAMMA) >> 11) * 2.0**-53


def mix(z: int) -> int:
    """SplitMix64's finaliser, a bijection of 64-bit integers."""
    z &= MASK
    z = (z ^ (z >> 30)) * _M1 & MASK
    z = (z ^ (z >> 27)) * _M2 & MASK
    return z ^ (z >> 31)


def _steps(counter: NDArray[np.uint64]) -> Keys:
    return (counter + np.uint64(1)) * np.uint64(GAMMA)


def _mix(z: Keys) -> Keys:
    z = (z ^ (z >> np.uint64(30))) * np.uint64(_M1)
    z = (z ^ (z >> np.uint64(27))) * np.uint64(_M2)
    return z ^ (z >> np.uint64(31))
