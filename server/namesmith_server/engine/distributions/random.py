"""Counter-based random numbers: a draw is a function of (seed, row, counter) alone.

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
"""Keys of generators, one for each row."""

Seeds = NDArray[np.uint64]
"""Seeds of generators."""

Draws = NDArray[np.uint64]
"""Draws of 64 random bits each."""


def row_keys(seed: int, first: int, count: int) -> Keys:
    """Return the keys, uint64 [count], of the rows from ``first`` on, for a seed in [0, 2^64)."""
    rows = np.arange(first + 1, first + count + 1, dtype=np.uint64)
    rows *= np.uint64(GAMMA)
    rows += np.uint64(mix(seed))
    return _mix(rows)


def row_keys_of_seeds(seeds: Seeds, row: int) -> Keys:
    """Return the key, uint64 [B], of one row >= 0 of each seed [B]: ``row_keys`` of the seeds."""
    return _mix(_mix(seeds.copy()) + np.uint64((row + 1) * GAMMA & MASK))


def draws(keys: Keys, counter: int | NDArray[np.uint64]) -> Draws:
    """Return the draw of each key at a counter, or at a counter for each key: uint64 [B]."""
    if isinstance(counter, int):
        return _mix(keys + np.uint64((counter + 1) * GAMMA & MASK))
    return _mix(keys + (counter + np.uint64(1)) * np.uint64(GAMMA))


def uniforms(bits: Draws) -> NDArray[np.float64]:
    """Return the draws as float64 in [0, 1), multiples of 2^-53."""
    values: NDArray[np.float64] = (bits >> np.uint64(11)) * np.float64(2.0**-53)
    return values


def mix(z: int) -> int:
    """Apply SplitMix64's finaliser, a bijection of 64-bit integers."""
    z &= MASK
    z = (z ^ (z >> 30)) * _M1 & MASK
    z = (z ^ (z >> 27)) * _M2 & MASK
    return z ^ (z >> 31)


def _mix(z: Keys) -> Keys:
    """Apply SplitMix64's finaliser to each key, in place."""
    z ^= z >> np.uint64(30)
    z *= np.uint64(_M1)
    z ^= z >> np.uint64(27)
    z *= np.uint64(_M2)
    z ^= z >> np.uint64(31)
    return z
