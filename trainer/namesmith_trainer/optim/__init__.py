"""Optimisers: the classes that take a network's training steps, and the learning rates.

``ManualSGD`` is the notebook's gradient descent with hand-written gradients, ``CudaGraphSGD``
takes the same steps on a GPU, and ``AveragedAdamW`` trains any network by autograd. An optimiser
knows a network by the interface ``TrainableNetwork`` alone.
"""

from namesmith_trainer.optim.adamw import AveragedAdamW
from namesmith_trainer.optim.base import Optimizer, TrainableNetwork
from namesmith_trainer.optim.cuda_graph import CudaGraphSGD
from namesmith_trainer.optim.manual_sgd import ManualSGD
from namesmith_trainer.optim.schedules import step_decay, warmup_cosine

__all__ = [
    "AveragedAdamW",
    "CudaGraphSGD",
    "ManualSGD",
    "Optimizer",
    "TrainableNetwork",
    "step_decay",
    "warmup_cosine",
]
