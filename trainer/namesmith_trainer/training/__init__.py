"""Training runs: from names to a finished run, by the trainer of the recipe's class.

``train`` is the whole run. A trainer is a generator function under ``@trains``: it takes a ``Job``,
yields ``Progress`` and returns a ``Run``. ``Training`` is the loop over minibatches alone.
"""

from namesmith_trainer.training.chain_trainer import (
    chain_losses,
    histories_and_targets,
    most_states,
)
from namesmith_trainer.training.checkpoint import Checkpoint, CheckpointError
from namesmith_trainer.training.evaluations import Evaluation
from namesmith_trainer.training.jobs import Job, train, trains, watched
from namesmith_trainer.training.loop import BLOCK, Training
from namesmith_trainer.training.losses import TRAIN, PartLoss, SplitLoss, split_losses
from namesmith_trainer.training.network_trainer import train_networks
from namesmith_trainer.training.progress import (
    STEPS,
    DivergedError,
    Progress,
    StoppedError,
    Watch,
)
from namesmith_trainer.training.rate_sweep import LEAST_STEPS, RateSweep, sweep_rates
from namesmith_trainer.training.run import (
    Asked,
    ChainRun,
    NetworkRun,
    Run,
    StandIn,
    Teacher,
    TeacherFit,
)
from namesmith_trainer.training.steps import split_tensors, train_steps
from namesmith_trainer.training.trained_network import TrainedNetwork
from namesmith_trainer.training.warning import warning_of

__all__ = [
    "BLOCK",
    "LEAST_STEPS",
    "STEPS",
    "TRAIN",
    "Asked",
    "ChainRun",
    "Checkpoint",
    "CheckpointError",
    "DivergedError",
    "Evaluation",
    "Job",
    "NetworkRun",
    "PartLoss",
    "Progress",
    "RateSweep",
    "Run",
    "SplitLoss",
    "StandIn",
    "StoppedError",
    "Teacher",
    "TeacherFit",
    "TrainedNetwork",
    "Training",
    "Watch",
    "chain_losses",
    "histories_and_targets",
    "most_states",
    "split_losses",
    "split_tensors",
    "sweep_rates",
    "train",
    "train_networks",
    "train_steps",
    "trains",
    "warning_of",
    "watched",
]
