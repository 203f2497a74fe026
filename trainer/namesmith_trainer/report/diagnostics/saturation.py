"""The saturation map: units whose tanh is flat on an example.

The notebook looks at it by two thresholds, ``h.abs() > 0.9999`` and ``h.abs() > 0.99``.
"""

from dataclasses import dataclass
from typing import Self

import numpy as np
from torch import Tensor

THRESHOLD = 0.99
"""Value of |tanh| above which a unit is saturated: its slope is below 1 - 0.99^2 = 0.02."""

EXTREME = 0.9999
"""Value of |tanh| above which a unit hardly learns at all: its slope is below 0.0002."""


@dataclass(frozen=True)
class SaturationMap:
    """A map with a bit for every unit on every example: set where the unit is saturated.

    Attributes:
        threshold: value of |tanh| above which a bit is set.
        units: number of units, the columns of the map.
        examples: number of examples, the rows of the map.
        rows: bits of each row in hexadecimal, first unit first, padded with zeros to whole bytes.
        share: share of the bits that are set.
        dead_units: number of columns that are set in every row: units that learn from no example.
    """

    threshold: float
    units: int
    examples: int
    rows: tuple[str, ...]
    share: float
    dead_units: int

    @classmethod
    def of(cls, h: Tensor, threshold: float = THRESHOLD) -> Self:
        """Build the map of the tanh outputs [N, H] of N examples."""
        bits = (h.abs() > threshold).cpu().numpy()
        return cls(
            threshold=threshold,
            units=bits.shape[1],
            examples=bits.shape[0],
            rows=tuple(row.tobytes().hex() for row in np.packbits(bits, axis=1)),
            share=float(bits.mean()),
            dead_units=int(bits.all(axis=0).sum()),
        )
