"""The optimiser of the notebook's network on a GPU: the kernel, or else the graph."""

import logging
from collections.abc import Sequence

from namesmith_trainer.optim.base import Optimizer, TrainableNetwork
from namesmith_trainer.optim.cuda_graph import CudaGraphSGD
from namesmith_trainer.optim.fused import FusedRuns

LOG = logging.getLogger(__name__)


def sgd_on_cuda(network: TrainableNetwork, batch_size: int, momentum: float) -> Optimizer:
    """Build the optimiser of a network: ``FusedSGD``, or ``CudaGraphSGD`` where that cannot run.

    Args:
        network: network of the notebook's family on a CUDA device.
        batch_size: number of contexts of a minibatch.
        momentum: weight of a step's statistics in the running statistics.
    """
    runs = fused_runs([network], batch_size, momentum)
    return runs.optimizer(0) if runs else CudaGraphSGD(network, batch_size, momentum)


def fused_runs(
    networks: Sequence[TrainableNetwork], batch_size: int, momentum: float
) -> FusedRuns | None:
    """Build the optimiser of several networks at once; None, and a warning in one line, without.

    Args:
        networks: networks of the notebook's family on a CUDA device, of one shape.
        batch_size: number of contexts of a minibatch.
        momentum: weight of a step's statistics in the running statistics.
    """
    try:
        runs = FusedRuns(networks, batch_size, momentum)
        runs.try_out()
    except Exception as error:  # noqa: BLE001 - of Triton, its compiler, a C compiler, the driver
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        LOG.warning("steps run as a CUDA graph, not as one kernel: %s", reason)
        return None
    return runs
