"""The names that a model is trained on: read, cut into splits, and turned into tensors."""

from namesmith_trainer.data.errors import DataError
from namesmith_trainer.data.names import SPLIT_SEED, Names
from namesmith_trainer.data.tensors import contexts_and_targets

__all__ = ["SPLIT_SEED", "DataError", "Names", "contexts_and_targets"]
