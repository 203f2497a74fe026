"""Turns names into tensors: every context of a split and the symbol that follows it."""

from collections.abc import Iterable

import numpy as np
import torch
from torch import Tensor

from namesmith.vocabulary import END, Vocabulary


def contexts_and_targets(
    names: Iterable[str], vocabulary: Vocabulary, block_size: int
) -> tuple[Tensor, Tensor]:
    """List every context and its next symbol, name by name (notebook, ``build_dataset``).

    Args:
        names: names whose characters the vocabulary holds.
        vocabulary: symbols and their ids.
        block_size: L, number of symbols of a context.

    Returns:
        contexts int64 [N, L], oldest symbol first, and targets int64 [N]; N is the number of
        characters of all names, plus one end symbol for each name.
    """
    ids, names = vocabulary.ids, list(names)
    lengths = np.fromiter((len(name) + 1 for name in names), np.int64, len(names))
    symbols = (ids[character] for name in names for character in name)
    is_end = np.zeros(int(lengths.sum()), dtype=bool)
    is_end[np.cumsum(lengths) - 1] = True
    targets = np.full(len(is_end), END, dtype=np.int64)
    targets[~is_end] = np.fromiter(symbols, np.int64, len(is_end) - len(names))
    place = np.arange(len(is_end)) - np.repeat(np.cumsum(lengths) - lengths, lengths)
    contexts = np.full((len(is_end), block_size), END, dtype=np.int64)
    for back in range(1, block_size + 1):
        inside = np.flatnonzero(place >= back)
        contexts[inside, block_size - back] = targets[inside - back]
    return torch.from_numpy(contexts), torch.from_numpy(targets)
