"""The checks of a run's losses: a run ends where a loss is not a number."""

import math

from torch import Tensor

from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.loop import Training
from namesmith_trainer.training.progress import DivergedError


def check_losses(training: Training, losses: Tensor, whose: str = "") -> None:
    """Raise ``DivergedError`` where one of the last losses of a run is not a number.

    Args:
        training: run that has taken the steps.
        losses: losses of the last steps, float32 [steps], in nats.
        whose: beginning of the message, which names the run where there are several.
    """
    lost = (~losses.isfinite()).nonzero()
    if len(lost):
        step = training.step - len(losses) + int(lost[0])
        raise DivergedError(f"{whose}the loss of step {step:,} is not a number")


def evaluated(training: Training, whose: str = "") -> tuple[Evaluation, ...]:
    """Evaluate a run where that is due.

    Args:
        training: run that has taken a block of steps.
        whose: beginning of the message, which names the run where there are several.

    Returns:
        the new evaluation; none where no evaluation is due.

    Raises:
        DivergedError: the loss of the evaluation is not a number.
    """
    made = training.evaluate()
    if not all(math.isfinite(evaluation.loss) for evaluation in made):
        raise DivergedError(f"{whose}the loss of the val split is not a number")
    return made
