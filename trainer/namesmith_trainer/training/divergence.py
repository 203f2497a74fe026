"""The checks of a run's losses: a run ends where a loss is not a number."""

import math

from torch import Tensor

from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.loop import Training
from namesmith_trainer.training.progress import DivergedError


def check_losses(training: Training, losses: Tensor, whose: str = "") -> None:
    """Raise ``DivergedError`` where one of the last losses of a run is not a number."""
    lost = (~losses.isfinite()).nonzero()
    if len(lost):
        step = training.step - len(losses) + int(lost[0])
        raise DivergedError(f"{whose}the loss of step {step:,} is not a number")


def evaluated(training: Training, whose: str = "") -> tuple[Evaluation, ...]:
    """Return the evaluation that is due, or none; raise ``DivergedError`` if it is no number."""
    made = training.evaluate()
    if not all(math.isfinite(evaluation.loss) for evaluation in made):
        raise DivergedError(f"{whose}the loss of the val split is not a number")
    return made
