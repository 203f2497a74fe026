"""``FusedSGD``: the kernel as the optimiser of one network."""

from collections.abc import Mapping, Sequence

from torch import Tensor

from namesmith_trainer.optim.base import TrainableNetwork
from namesmith_trainer.optim.fused.fused_runs import FusedRuns, Tuning


class FusedSGD:
    """Plain gradient descent, as ``ManualSGD``, of which a block of steps is one launch."""

    def __init__(
        self,
        network: TrainableNetwork,
        batch_size: int,
        batchnorm_momentum: float,
        tuning: Tuning = Tuning(),  # noqa: B008 - a constant
    ) -> None:
        """Compile the kernel, and launch it without a step; arguments and errors: ``FusedRuns``."""
        self._runs = FusedRuns([network], batch_size, batchnorm_momentum, tuning)
        self._runs.try_out()

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``."""
        self._runs.take_steps(contexts[None], targets[None], [rates], losses[None])

    def state(self) -> dict[str, Tensor]:
        """Implement ``Optimizer.state``: plain gradient descent has no state."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Implement ``Optimizer.restore``: plain gradient descent has no state to restore."""

    def finish(self, contexts: Tensor) -> None:
        """Implement ``Optimizer.finish``: the weights are final after the last step."""
