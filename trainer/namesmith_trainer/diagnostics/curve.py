"""The loss of every step, as the notebook plots it (log10), thinned to what a picture shows."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray

WINDOW = 1_000
"""Steps that a mean is taken over; a twentieth of the run where that is less."""

POINTS = 500
"""Places along the curve where its lowest and highest loss are kept."""


@dataclass(frozen=True)
class LossCurve:
    """Losses in log10 of nats; None where no loss of the steps was a positive number.

    Attributes:
        steps: of the whole run, >= 1.
        first: loss of step 0, nats.
        last: mean loss of the last ``window`` steps, nats.
        bucket: steps between two places of ``low`` and ``high``; 1 in a run of few steps, where
            both hold every loss.
        low: lowest log10 loss of each bucket.
        high: highest log10 loss of each bucket.
        window: steps that each of ``means`` is taken over; the last may have fewer.
        means: mean log10 loss of each window.
    """

    steps: int
    first: float | None
    last: float | None
    bucket: int
    low: tuple[float | None, ...]
    high: tuple[float | None, ...]
    window: int
    means: tuple[float | None, ...]

    @classmethod
    def of(cls, losses: NDArray[np.float32]) -> Self:
        """Thins the losses [S] of a run, nats."""
        exact = losses.astype(np.float64)
        with np.errstate(divide="ignore", invalid="ignore"):
            logs = np.log10(exact)
        logs[~np.isfinite(logs)] = np.nan
        steps = len(logs)
        bucket, window = -(-steps // POINTS), max(1, min(WINDOW, steps // 20))
        return cls(
            steps=steps,
            first=_number(exact[0]),
            last=_number(exact[-window:].mean()),
            bucket=bucket,
            low=tuple(_number(part.min()) for part in _parts(logs, bucket)),
            high=tuple(_number(part.max()) for part in _parts(logs, bucket)),
            window=window,
            means=tuple(_number(part.mean()) for part in _parts(logs, window)),
        )


def _parts(values: NDArray[np.float64], size: int) -> list[NDArray[np.float64]]:
    return np.split(values, range(size, len(values), size))


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None
