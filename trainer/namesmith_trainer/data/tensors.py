"""Turns names into tensors: every context of a split and the symbol that follows it."""

from collections.abc import Iterable

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
    ids = vocabulary.ids
    contexts, targets = [], []
    for name in names:
        context = [END] * block_size
        for target in [*(ids[character] for character in name), END]:
            contexts.append(context)
            targets.append(target)
            context = [*context[1:], target]
    return torch.tensor(contexts, dtype=torch.int64), torch.tensor(targets, dtype=torch.int64)
