"""The saturation map: which unit is flat on which example (notebook, ``h.abs() > 0.99``)."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from torch import Tensor

THRESHOLD = 0.99
"""|tanh| above it counts as saturated: the slope there is below 1 - 0.99^2 = 0.02."""


@dataclass(frozen=True)
class SaturationMap:
    """A bit for every unit on every example.

    Attributes:
        units: columns.
        examples: rows.
        rows: each row's bits, first unit first, padded with zeros to whole bytes, in hexadecimal.
        share: of the bits, those set.
        dead_units: columns that are set in every row: units that learn from no example.
    """

    units: int
    examples: int
    rows: tuple[str, ...]
    share: float
    dead_units: int

    @classmethod
    def of(cls, h: Tensor) -> Self:
        """Marks the tanh outputs [N, H] of N examples."""
        bits = (h.abs() > THRESHOLD).cpu().numpy()
        return cls(
            units=bits.shape[1],
            examples=bits.shape[0],
            rows=tuple(row.tobytes().hex() for row in np.packbits(bits, axis=1)),
            share=float(bits.mean()),
            dead_units=int(bits.all(axis=0).sum()),
        )
