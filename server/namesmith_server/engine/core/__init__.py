"""The types and functions that every folder of the engine uses: arrays, checkpoints, a property."""

from namesmith_server.engine.core.arrays import (
    EncodedNames,
    Floats,
    Reals,
    States,
    Symbols,
    chunk_slices,
)
from namesmith_server.engine.core.cached_property import unlocked_cached_property
from namesmith_server.engine.core.checkpoints import checkpoint, set_checkpoint_hook

__all__ = [
    "EncodedNames",
    "Floats",
    "Reals",
    "States",
    "Symbols",
    "checkpoint",
    "chunk_slices",
    "set_checkpoint_hook",
    "unlocked_cached_property",
]
