"""``Progress``: the events of a run in its phases, and the functions that watch them."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from torch import Tensor

from namesmith_trainer.training.evaluations import Evaluation

STEPS = "training"
"""Phase in which the network of a run takes its steps."""


@dataclass(frozen=True)
class Progress:
    """A part of a phase that is done.

    Attributes:
        phase: name of the phase; a run may have several, one after another.
        done: number of units of the phase that are done; steps where there are losses.
        total: number of units of the phase, >= 1.
        losses: loss of each step since the event before, in nats: float32 [steps], at least one;
            None in a phase without losses.
        evaluations: losses on the val split since the event before.
        resumed: file from which the phase continues, in its first event; None for a phase that
            began, and in all later events.
    """

    phase: str
    done: int
    total: int
    losses: Tensor | None = None
    evaluations: tuple[Evaluation, ...] = ()
    resumed: Path | None = None

    def __str__(self) -> str:
        """Return the place in the run, for messages."""
        where = "" if self.phase == STEPS else f"{self.phase}, "
        return f"{where}{'part' if self.losses is None else 'step'} {self.done:,}"


Watch = Callable[[Iterator[Progress]], Iterator[Progress]]
"""Function that yields the events of a run unchanged, and may show or write them."""


class StoppedError(RuntimeError):
    """Raised when a run was asked to stop.

    Attributes:
        progress: last event of the run.
    """

    def __init__(self, progress: Progress) -> None:
        super().__init__(f"stopped at {progress}")
        self.progress = progress


class DivergedError(RuntimeError):
    """Raised when a loss is not a number; the message names the step or the split."""
