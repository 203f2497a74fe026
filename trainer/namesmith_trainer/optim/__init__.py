"""Optimisers: the classes that take a network's training steps, and the learning rates.

``ManualSGD`` is the notebook's gradient descent with hand-written gradients. On a GPU
``sgd_on_cuda`` chooses ``FusedSGD``, which takes the same steps, a block in one kernel, or
``CudaGraphSGD`` where that kernel cannot run. ``AveragedAdamW`` trains any network by autograd.
``Calibrated`` measures BatchNorm's statistics behind the last step of another optimiser. An
optimiser knows a network by the interface ``TrainableNetwork`` alone.
"""

from namesmith_trainer.optim.adamw import AveragedAdamW
from namesmith_trainer.optim.base import Optimizer, Runs, TrainableNetwork
from namesmith_trainer.optim.calibrated import Calibrated
from namesmith_trainer.optim.cuda_graph import CudaGraphSGD
from namesmith_trainer.optim.fused import FusedRuns, FusedSGD, Tuning
from namesmith_trainer.optim.manual_sgd import ManualSGD
from namesmith_trainer.optim.on_cuda import fused_runs, sgd_on_cuda
from namesmith_trainer.optim.schedules import step_decay, warmup_cosine

__all__ = [
    "AveragedAdamW",
    "Calibrated",
    "CudaGraphSGD",
    "FusedRuns",
    "FusedSGD",
    "ManualSGD",
    "Optimizer",
    "Runs",
    "TrainableNetwork",
    "Tuning",
    "fused_runs",
    "sgd_on_cuda",
    "step_decay",
    "warmup_cosine",
]
