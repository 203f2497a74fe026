"""``RateSweep``: the learning-rate finder, the notebook's commented ``lrs``.

A network takes some steps, each at a higher rate than the one before: the loss falls ever faster,
lies lowest in a valley, and rises where the steps are too long (L. N. Smith, arXiv 1506.01186,
section 3.3; makemore, part 2).
"""

from collections.abc import Callable, Generator
from dataclasses import dataclass

import numpy as np
import torch

from namesmith_trainer.chains import Reals
from namesmith_trainer.data import Names
from namesmith_trainer.models import NetworkRecipe
from namesmith_trainer.training.jobs import Job, watched
from namesmith_trainer.training.loop import BLOCK, Training
from namesmith_trainer.training.losses import TRAIN
from namesmith_trainer.training.progress import DivergedError, Progress, Watch
from namesmith_trainer.training.steps import split_tensors

SWEEP = "rates"
"""Phase in which a network takes its steps at rising rates."""

LEAST_STEPS = 20
"""Least number of steps in which a valley can be seen."""

SMOOTHED = 10
"""Ratio of the steps of a sweep to the steps of one mean of losses."""

SAFETY = 2
"""Ratio of the rate in the valley to the suggested rate.

A run takes far more steps at its rate than the sweep, and the valley's far side is steep.
"""


DIGITS = 7
"""Number of significant digits of a described number."""

EDGE = 0.05
"""Share of the means that count as an end of the sweep, where a lowest mean is no valley."""


@dataclass(frozen=True, eq=False)
class RateSweep:
    """The losses of a network at rising learning rates.

    Attributes:
        recipe: name of the recipe.
        rates: learning rate of each step, rising, float64 [steps].
        losses: loss of each step before the step's update, in nats, float64 [steps].
    """

    recipe: str
    rates: Reals
    losses: Reals

    @property
    def means(self) -> Reals:
        """Mean loss around each step of ``centres``, over a tenth of the steps, in nats."""
        width = self._width
        return np.convolve(self.losses, np.full(width, 1 / width), mode="valid")

    @property
    def centres(self) -> Reals:
        """Learning rate in the middle of each mean."""
        first = self._width // 2
        return self.rates[first : first + len(self.losses) - self._width + 1]

    @property
    def valley(self) -> float:
        """Learning rate at which the mean loss is lowest."""
        return float(self.centres[self.means.argmin()])

    @property
    def suggestion(self) -> float:
        """Suggested learning rate, ``valley`` / ``SAFETY``, with one significant digit."""
        return float(f"{self.valley / SAFETY:.0e}")

    @property
    def has_valley(self) -> bool:
        """True if the mean loss is lowest in the middle of the sweep, not at an end."""
        return EDGE < int(self.means.argmin()) / len(self.means) < 1 - EDGE

    def described(self) -> dict[str, object]:
        """Return the rates, the losses, the valley and the suggestion as JSON values by name."""
        return {
            "recipe": self.recipe,
            "rates": [float(f"{rate:.{DIGITS}g}") for rate in self.rates.tolist()],
            "losses": [float(f"{loss:.{DIGITS}g}") for loss in self.losses.tolist()],
            "valley": float(f"{self.valley:.{DIGITS}g}"),
            "has_valley": self.has_valley,
            "suggestion": self.suggestion,
        }

    @property
    def _width(self) -> int:
        return max(1, len(self.losses) // SMOOTHED)


def sweep_rates(  # noqa: PLR0913 - the arguments of a run
    data: Names,
    recipe: NetworkRecipe,
    batch_seed: int,
    device: str,
    watch: Watch,
    *,
    bounds: tuple[float, float],
    stop: Callable[[], bool] = lambda: False,
) -> RateSweep:
    """Train a new network at rates that rise from step to step; where it diverges, the sweep ends.

    Args:
        data: names to train on.
        recipe: recipe of the network, with the number of steps of the sweep.
        batch_seed: seed of the minibatches.
        device: "cpu" or "cuda".
        watch: function that is given the events.
        bounds: first and last rate, > 0; the logarithms of the rates between rise evenly.
        stop: function whose result is True once the sweep is to end.

    Raises:
        DataError: the names cannot be trained on.
        DivergedError: a loss is not a number before ``LEAST_STEPS`` steps were taken.
        StoppedError: ``stop`` returned True.
    """
    job = Job(data, data.splits(), data.vocabulary(), recipe, batch_seed, device, None, stop)
    return watched(_swept(job, np.geomspace(*bounds, recipe.steps)), watch)


def _swept(job: Job[NetworkRecipe], rates: Reals) -> Generator[Progress, None, RateSweep]:
    """Take a step at each rate, until a loss is not a number."""
    network = job.recipe.network(len(job.vocabulary)).to(job.device)
    optimizer = job.recipe.optimizer(network)
    pairs = split_tensors(job)[TRAIN]
    training = Training(
        network, *pairs, job.recipe, job.batch_seed, optimizer, counts=job.counts(TRAIN)
    )
    while training.step < len(rates):
        some = rates[training.step : training.step + BLOCK].tolist()
        contexts, targets, _ = training.draw(len(some))
        losses = torch.empty(len(some), device=contexts.device)
        optimizer.take_steps(contexts, targets, some, losses)
        progress = Progress(
            SWEEP, training.step + len(some), len(rates), training.record(losses, some)
        )
        yield progress
        job.check(progress)
        if not losses.isfinite().all():
            break
    taken = training.losses[: training.step].double().cpu().numpy()
    lost = np.flatnonzero(~np.isfinite(taken))
    steps = int(lost[0]) if len(lost) else len(taken)
    if steps < LEAST_STEPS:
        raise DivergedError(f"the loss of step {steps} is not a number: the rates are too high")
    return RateSweep(job.recipe.name, rates[:steps], taken[:steps])
