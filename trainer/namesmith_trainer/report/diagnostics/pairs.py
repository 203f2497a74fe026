"""Names that a chain draws, beside the names of its teachers from the same random numbers."""

from dataclasses import dataclass

import torch

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.report.diagnostics.samples import (
    CELLS,
    LIMIT,
    SEED,
    Model,
    draw,
    names_of,
    whole,
)

COUNT = 1_000
"""Number of pairs that are drawn."""

SHOWN = 20
"""Number of pairs that the report shows."""


@dataclass(frozen=True)
class Pairs:
    """Pairs of names, each drawn from a chain and from its teachers with the same random numbers.

    A name and its partner differ from the first symbol on whose distributions differ so much that
    the same number draws another symbol.

    Attributes:
        shown: name of the chain and name of the teachers of the first pairs, at most ``SHOWN``.
        count: number of pairs; a pair with an empty or a very long name is left out.
        same: number of pairs of equal names.
    """

    shown: tuple[tuple[str, str], ...]
    count: int
    same: int


def draw_pairs(
    chain: tuple[Model, int], teachers: tuple[Model, int], vocabulary: Vocabulary
) -> Pairs:
    """Draw pairs of names.

    Args:
        chain: model of the chain, and the number of symbols of its contexts.
        teachers: model of the mixture of the teachers, and the number of symbols of its contexts.
        vocabulary: symbols of both models.
    """
    rows = max(1, min(COUNT, CELLS // len(vocabulary)))
    drawn = [
        draw(model, rows, length, LIMIT, torch.Generator().manual_seed(SEED))
        for model, length in (chain, teachers)
    ]
    both = whole(drawn[0]) & whole(drawn[1])
    pairs = tuple(zip(*(names_of(symbols[both], vocabulary) for symbols in drawn), strict=True))
    return Pairs(pairs[:SHOWN], len(pairs), sum(one == other for one, other in pairs))
