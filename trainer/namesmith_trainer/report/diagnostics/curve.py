"""The loss curve of a run, as the notebook plots it (log10), thinned to a picture's resolution."""

from dataclasses import dataclass
from typing import Self

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

WINDOW = 1_000
"""Number of steps in a window; in a run of fewer than 20 windows, a twentieth of all steps."""

POINTS = 500
"""Largest number of buckets of the curve; a bucket keeps its lowest and its highest loss."""

OPENING = 1_000
"""Number of steps at the start whose losses are all kept, because a bad start shows there."""

TINY = 1e-12
"""Loss in nats that stands for a loss of exactly zero, which has no logarithm."""


@dataclass(frozen=True)
class LossCurve:
    """The losses of a run, in nats or as log10 of nats.

    Attributes:
        steps: number of steps of the whole run, >= 1.
        first: loss of step 0, nats.
        last: mean loss of the last ``window`` steps, nats.
        bucket: number of steps in each bucket of ``low`` and ``high``; 1 in a run of few steps,
            where ``low`` and ``high`` hold every loss.
        low: lowest log10 loss of each bucket.
        high: highest log10 loss of each bucket.
        window: number of steps in each window of ``means``; the last window may have fewer.
        means: mean log10 loss of each window.
        averages: mean loss of each window, nats.
        opening: log10 loss of each of the first ``OPENING`` steps.
    """

    steps: int
    first: float
    last: float
    bucket: int
    low: tuple[float, ...]
    high: tuple[float, ...]
    window: int
    means: tuple[float, ...]
    averages: tuple[float, ...]
    opening: tuple[float, ...]

    @classmethod
    def of(cls, losses: Tensor) -> Self:
        """Build the curve from the losses [S] of all steps, which are finite and in nats."""
        exact = losses.double().numpy()
        logs = np.log10(np.maximum(exact, TINY))
        steps = len(logs)
        bucket, window = -(-steps // POINTS), max(1, min(WINDOW, steps // 20))
        return cls(
            steps=steps,
            first=float(exact[0]),
            last=float(exact[-window:].mean()),
            bucket=bucket,
            low=tuple(float(part.min()) for part in _parts(logs, bucket)),
            high=tuple(float(part.max()) for part in _parts(logs, bucket)),
            window=window,
            means=tuple(float(part.mean()) for part in _parts(logs, window)),
            averages=tuple(float(part.mean()) for part in _parts(exact, window)),
            opening=tuple(logs[:OPENING].tolist()),
        )


def _parts(values: NDArray[np.float64], size: int) -> list[NDArray[np.float64]]:
    return np.split(values, range(size, len(values), size))
