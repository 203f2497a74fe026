"""A change of the crew's plan, from the controller's question to its answer."""

from concurrent.futures import Future
from dataclasses import dataclass, field

from namesmith_server.app.models import Faults, Plan
from namesmith_server.app.workers.worker_process import WorkerProcess


@dataclass
class Change:
    """A plan that the controller has asked the crew to prepare.

    Attributes:
        plan: the plan.
        outcome: faults of the versions that a worker refuses.
        asked: worker that prepares the plan now.
        lost: number of workers that have ended while they prepared the plan.
        waits: worker whose replacement prepares the plan before any other; None: whoever is next.
        patience: monotonic time until which ``waits`` is waited for, seconds.
    """

    plan: Plan
    outcome: "Future[Faults]" = field(default_factory=Future)
    asked: WorkerProcess | None = None
    lost: int = 0
    waits: WorkerProcess | None = None
    patience: float = 0.0
