"""Training runs: the loop over minibatches, checkpoints, and the finished run.

``train`` is the whole run, from names to a measured network; ``Training`` is the loop alone.
"""

from namesmith_trainer.training.checkpoint import Checkpoint, CheckpointError
from namesmith_trainer.training.loop import BLOCK, Training
from namesmith_trainer.training.run import DivergedError, Run, StoppedError, Watch, train

__all__ = [
    "BLOCK",
    "Checkpoint",
    "CheckpointError",
    "DivergedError",
    "Run",
    "StoppedError",
    "Training",
    "Watch",
    "train",
]
