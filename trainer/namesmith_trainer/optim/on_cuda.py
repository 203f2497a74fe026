"""The optimiser of the notebook's network on a GPU: the kernel, or else the graph."""

import logging

from namesmith_trainer.optim.base import Optimizer, TrainableNetwork
from namesmith_trainer.optim.cuda_graph import CudaGraphSGD
from namesmith_trainer.optim.fused import FusedSGD

LOG = logging.getLogger(__name__)


def sgd_on_cuda(network: TrainableNetwork, batch_size: int, momentum: float) -> Optimizer:
    """Build ``FusedSGD``; where that fails, warn in one line and build ``CudaGraphSGD``.

    Args:
        network: network of the notebook's family on a CUDA device.
        batch_size: number of contexts of a minibatch.
        momentum: weight of a step's statistics in the running statistics.
    """
    try:
        return FusedSGD(network, batch_size, momentum)
    except Exception as error:  # noqa: BLE001 - Triton, its compiler, the C compiler, the driver
        reason = next(iter(str(error).splitlines()), "") or type(error).__name__
        LOG.warning("steps run as a CUDA graph, not as one kernel: %s", reason)
        return CudaGraphSGD(network, batch_size, momentum)
