"""The types and functions that every folder of the engine uses: arrays, checkpoints, a property."""

from namesmith_server.engine.core.arrays import (
    Counts,
    EncodedNames,
    Floats,
    Int32s,
    Int64s,
    Reals,
    States,
    Symbols,
    chunk_slices,
    places_within,
)
from namesmith_server.engine.core.cached_property import unlocked_cached_property
from namesmith_server.engine.core.checkpoints import (
    checkpoint,
    reserve,
    set_checkpoint_hook,
    set_reserve_hook,
)
from namesmith_server.engine.core.encoded_names import (
    are_among,
    chosen_names,
    name_count,
    name_ends,
    name_places,
    packed_rows,
    parts_of_names,
    split_names,
)
from namesmith_server.engine.core.work_counts import BATCH_SIZES, WorkCounts, work_counts

__all__ = [
    "BATCH_SIZES",
    "Counts",
    "EncodedNames",
    "Floats",
    "Int32s",
    "Int64s",
    "Reals",
    "States",
    "Symbols",
    "WorkCounts",
    "are_among",
    "checkpoint",
    "chosen_names",
    "chunk_slices",
    "name_count",
    "name_ends",
    "name_places",
    "packed_rows",
    "parts_of_names",
    "places_within",
    "reserve",
    "set_checkpoint_hook",
    "set_reserve_hook",
    "split_names",
    "unlocked_cached_property",
    "work_counts",
]
