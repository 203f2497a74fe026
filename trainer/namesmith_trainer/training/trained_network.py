"""``TrainedNetwork``: a network after its last step."""

from dataclasses import dataclass
from typing import Self

from torch import Tensor

from namesmith_trainer.models import Network
from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.loop import Training


@dataclass(frozen=True)
class TrainedNetwork:
    """A network after its last step.

    Attributes:
        network: trained network, on the device.
        step_losses: loss of each step before the step's update, in nats: float32 [steps] on the
            CPU.
        seconds: wall-clock time of the loop, the time before an interruption included.
        before: the part of ``seconds`` before an interruption.
        evaluations: losses on the val split during the run.
        published_step: number of steps that made ``network``.
    """

    network: Network
    step_losses: Tensor
    seconds: float
    before: float
    evaluations: tuple[Evaluation, ...]
    published_step: int

    @classmethod
    def of(cls, training: Training, seconds: float, before: float) -> Self:
        """Return the network of a run that has ended."""
        return cls(
            network=training.network,
            step_losses=training.losses[: training.step].cpu(),
            seconds=seconds,
            before=before,
            evaluations=training.evaluations.made,
            published_step=training.published_step,
        )
