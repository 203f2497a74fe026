"""The line of a row: all that its next symbols depend on, as 64-bit numbers in one matrix.

Real numbers stand in the matrix as the integers of the same bits.
"""

from typing import NamedTuple

import numpy as np
import torch
from numpy.typing import NDArray

from namesmith.limits import MAX_LENGTH
from namesmith_server.backends.base import Start
from namesmith_server.backends.lockstep.processors import COLDEST, Settings

INTEGERS = ("slot", "key", "position", "bars_end", "min_length", "max_length", "top_k", "most")
REALS = ("divisor", "margin", "moved", "top_p", "min_p")

CONTEXT = len(INTEGERS) + len(REALS)
"""Column of the first symbol of the context, behind the settings."""

_AT = {name: column for column, name in enumerate(INTEGERS)}


class Lines(NamedTuple):
    """Lines [N, columns] on the device, seen by their columns.

    Attributes:
        matrix: the lines, int64 [N, columns].
    """

    matrix: torch.Tensor

    def integers(self, name: str) -> torch.Tensor:
        """Return a column of integers, int64 [N, 1]."""
        at = _AT[name]
        return self.matrix[:, at : at + 1]

    def reals(self) -> dict[str, torch.Tensor]:
        """Return the columns of real numbers, float64 [N, 1] each, by name."""
        block = self.matrix[:, len(INTEGERS) : CONTEXT].contiguous().view(torch.float64)
        return {name: block[:, i : i + 1] for i, name in enumerate(REALS)}

    @property
    def context(self) -> torch.Tensor:
        """Context of each row, int64 [N, L]."""
        return self.matrix[:, CONTEXT:]

    def settings(self, reals: dict[str, torch.Tensor]) -> Settings:
        """Return the settings of the logits processors."""
        return Settings(
            divisor=reals["divisor"],
            top_k=self.integers("top_k"),
            top_p=reals["top_p"],
            min_p=reals["min_p"],
            most=self.integers("most"),
            moved=reals["moved"],
        )

    def advanced(self, steps: int, context: torch.Tensor) -> torch.Tensor:
        """Return the matrix of the lines after a number of steps."""
        position = (self.integers("position") + steps).clamp_max(MAX_LENGTH)  # of padding alone
        freed = torch.zeros_like(position)  # the end symbol is barred at the first draw alone
        head, rest = self.matrix[:, :2], self.matrix[:, 4:CONTEXT]
        return torch.cat((head, position, freed, rest, context), 1)


def columns(block_size: int) -> int:
    """Return the number of columns of a line."""
    return CONTEXT + block_size


def write(
    lines: NDArray[np.int64],
    slots: NDArray[np.int64],
    keys: NDArray[np.uint64],
    start: Start,
    vocab_size: int,
) -> None:
    """Write the lines [N, columns] of new rows, in the memory of the host."""
    is_greedy = start.temperature == 0
    divisor = 1.0 if is_greedy else max(start.temperature, COLDEST)
    lines[:, 0] = slots
    lines[:, 1] = keys.view(np.int64)
    lines[:, 2 : len(INTEGERS)] = (
        start.position,
        start.bars_end,
        start.min_length,
        start.max_length,
        start.top_k or vocab_size,
        1 if is_greedy else vocab_size,
    )
    reals = (divisor, start.margin, start.difference / divisor, start.top_p, start.min_p)
    lines[:, len(INTEGERS) : CONTEXT] = np.array(reals, dtype=np.float64).view(np.int64)
    lines[:, CONTEXT:] = start.context
