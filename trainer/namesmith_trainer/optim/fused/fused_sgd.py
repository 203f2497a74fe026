"""``FusedSGD``: the kernel as the optimiser of one run."""

from collections.abc import Callable, Mapping, Sequence

from torch import Tensor

Launch = Callable[[Tensor, Tensor, Sequence[Sequence[float]], Tensor], None]
"""Function that takes the steps of one run: ``FusedRuns.take_steps`` with R = 1."""


class FusedSGD:
    """Plain gradient descent, as ``ManualSGD``, of which a block of steps is one launch."""

    def __init__(self, launch: Launch) -> None:
        """Take the steps by ``launch``."""
        self._launch = launch

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``; all tensors are contiguous."""
        self._launch(contexts[None], targets[None], [rates], losses[None])

    def state(self) -> dict[str, Tensor]:
        """Implement ``Optimizer.state``: plain gradient descent has no state."""
        return {}

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Implement ``Optimizer.restore``: plain gradient descent has no state to restore."""

    def finish(self, contexts: Tensor, counts: Tensor | None = None) -> None:
        """Implement ``Optimizer.finish``: the weights are final after the last step."""
