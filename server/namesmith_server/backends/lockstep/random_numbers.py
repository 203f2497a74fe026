"""The engine's counter-based random numbers (SplitMix64) in torch's signed 64-bit integers.

Sums and products wrap as those of unsigned integers do; a logical shift is an arithmetic one whose
copies of the sign are cleared.
"""

import torch

GAMMA = 0x9E3779B97F4A7C15 - (1 << 64)
_M1, _M2 = 0xBF58476D1CE4E5B9 - (1 << 64), 0x94D049BB133111EB - (1 << 64)


def uniforms(keys: torch.Tensor, counters: torch.Tensor) -> torch.Tensor:
    """Return draws in [0, 1), float64, of keys at counters, int64 that broadcast together."""
    bits = _mix(keys + (counters + 1) * GAMMA)
    return _shifted(bits, 11).to(torch.float64) * 2.0**-53


def _mix(z: torch.Tensor) -> torch.Tensor:
    z = (z ^ _shifted(z, 30)) * _M1
    z = (z ^ _shifted(z, 27)) * _M2
    return z ^ _shifted(z, 31)


def _shifted(z: torch.Tensor, bits: int) -> torch.Tensor:
    """Return 64-bit integers shifted right, with zeros from the left."""
    return (z >> bits) & ((1 << (64 - bits)) - 1)
