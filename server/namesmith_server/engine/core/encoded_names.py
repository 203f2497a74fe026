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


def chosen_names(names: EncodedNames, chosen: NDArray[np.bool_]) -> EncodedNames:
    """Return the encoded names that are chosen, bool [names]."""
    if chosen.all():
        return names
    return names[np.repeat(chosen, name_places(names)[1] + 1)]


def parts_of_names(names: EncodedNames, most: int) -> list[EncodedNames]:
    """Return encoded names in parts of at most ``most`` names each, >= 1."""
    cuts = name_ends(names)[most - 1 :: most] + 1
    parts = np.split(names, cuts)
    return parts if len(parts[-1]) or len(parts) == 1 else parts[:-1]


def packed_rows(rows: NDArray[np.integer]) -> EncodedNames:
    """Return rows of symbols, padded with end symbols, as encoded names."""
    kept = np.ones(rows.shape, dtype=bool)
    kept[:, 1:] = rows[:, :-1] != END
    return rows[kept]


def are_among(names: EncodedNames, others: EncodedNames) -> NDArray[np.bool_]:
    """Tell of each encoded name whether it stands among the others, bool [names].

    Names of one length are compared as fixed-width words, all at once: there is a loop over
    lengths and none over names.
    """
    starts, lengths = name_places(names)
    other_starts, other_lengths = name_places(others)
    found = np.zeros(len(starts), dtype=bool)
    for length in np.intersect1d(lengths, other_lengths).tolist():
        these = lengths == length
        words = _words(names, starts[these], length)
        found[these] = np.isin(words, _words(others, other_starts[other_lengths == length], length))
    return found


def _words(names: EncodedNames, starts: NDArray[np.int64], length: int) -> NDArray[np.bytes_]:
    """Return the names of one length, end symbols included, each as one string of bytes."""
    symbols = names[starts[:, np.newaxis] + np.arange(length + 1)].astype(np.int32, copy=False)
    words: NDArray[np.bytes_] = symbols.view(f"S{symbols[0].nbytes}")[:, 0]
    return words
