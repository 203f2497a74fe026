"""``Calibrated``: an optimiser that measures BatchNorm's statistics behind its last step.

Before the notebook's "Change 5" the mean and the deviation that evaluation normalises by are not
kept while training: they are computed once, over the whole train split.
"""

from collections.abc import Mapping, Sequence

from torch import Tensor

from namesmith_trainer.optim.base import Optimizer, TrainableNetwork


class Calibrated:
    """Another optimiser's steps, and ``TrainableNetwork.calibrate`` behind the last of them."""

    def __init__(self, steps: Optimizer, network: TrainableNetwork, batch_size: int) -> None:
        """Take the steps by another optimiser of the same network.

        Args:
            steps: optimiser that takes the steps.
            network: network whose statistics are measured.
            batch_size: number of contexts in one pass of the measurement.
        """
        self._steps, self._network, self._batch_size = steps, network, batch_size

    def take_steps(
        self, contexts: Tensor, targets: Tensor, rates: Sequence[float], losses: Tensor
    ) -> None:
        """Implement ``Optimizer.take_steps``."""
        self._steps.take_steps(contexts, targets, rates, losses)

    def state(self) -> dict[str, Tensor]:
        """Implement ``Optimizer.state``."""
        return self._steps.state()

    def restore(self, state: Mapping[str, Tensor]) -> None:
        """Implement ``Optimizer.restore``."""
        self._steps.restore(state)

    def finish(self, contexts: Tensor, counts: Tensor | None = None) -> None:
        """Implement ``Optimizer.finish``.

        Args:
            contexts: all contexts of the train split, int64 [N, L].
            counts: count of each context, float64 [N]; None: each counts once.
        """
        self._steps.finish(contexts, counts)
        self._network.calibrate(contexts, self._batch_size, counts)
