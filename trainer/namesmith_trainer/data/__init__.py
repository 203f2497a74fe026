"""The names that a model is trained on: read, cut into splits, and turned into tensors."""

from namesmith_trainer.data.counts import Counts, mean_loss
from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.names import Names
from namesmith_trainer.data.oddities import oddity
from namesmith_trainer.data.shares import NOTEBOOK, Shares
from namesmith_trainer.data.splits import SPLIT_SEED, Split, name_counts, symbol_counts
from namesmith_trainer.data.tensors import contexts_and_targets

__all__ = [
    "NOTEBOOK",
    "SPLIT_SEED",
    "Counts",
    "DataError",
    "Names",
    "Shares",
    "Split",
    "contexts_and_targets",
    "mean_loss",
    "name_counts",
    "oddity",
    "symbol_counts",
]
