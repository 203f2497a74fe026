"""The places of names in an array of encoded names."""

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END
from namesmith_server.engine.core.arrays import EncodedNames


def name_count(names: EncodedNames) -> int:
    """Return the number of encoded names."""
    return int(np.count_nonzero(names == END))


def name_ends(names: EncodedNames) -> NDArray[np.int64]:
    """Return the place of each name's end symbol, int64 [names]."""
    return np.flatnonzero(names == END)


def name_places(names: EncodedNames) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the first place of each name, and its length without the end symbol, int64 [names]."""
    ends = name_ends(names)
    starts = np.append(0, ends[:-1] + 1)[: len(ends)]
    return starts, ends - starts


def split_names(names: EncodedNames) -> list[EncodedNames]:
    """Return the symbols of each encoded name, its end symbol included; at least one name."""
    return np.split(names, name_ends(names)[:-1] + 1)
