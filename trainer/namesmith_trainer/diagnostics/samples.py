"""Names drawn from the folded model, and how they compare with the training names.

A small sampler of the report's own: the server's is faster and knows constraints, but the trainer
does not import the server.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor, nn

from namesmith.vocabulary import END, Vocabulary

COUNT = 5_000
"""Names that the distributions are counted over."""

SHOWN = 20
"""Names that are shown."""

DRAWS = 2 * COUNT
"""Draws after which a model that hardly ever ends a name is let be."""

LIMIT = 64
"""Characters a name may have, or as many as the longest training name has."""

CELLS = 1 << 22
"""Probabilities that are held at once."""

BUDGET = 1 << 28
"""Probabilities that are computed, about; thousands of symbols get fewer names than ``COUNT``."""

SEED = 42


@dataclass(frozen=True)
class Distributions:
    """Shares that add up to 1, or nothing where there are no names.

    Attributes:
        lengths: share of names of each length in characters, from 1.
        first_letters: share of names that start with each character, most common first.
    """

    lengths: dict[int, float]
    first_letters: dict[str, float]

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Counts names, none of which is empty."""
        lengths = Counter(len(name) for name in names)
        letters = Counter(name[0] for name in names)
        return cls(
            lengths={length: lengths[length] / len(names) for length in sorted(lengths)},
            first_letters={
                letter: count / len(names)
                for letter, count in sorted(letters.items(), key=lambda item: (-item[1], item[0]))
            },
        )


@dataclass(frozen=True)
class Samples:
    """Names of the model beside the names it was trained on.

    Attributes:
        shown: the first ``SHOWN`` names drawn.
        count: names drawn that are not empty and end within ``limit``; the others are drawn
            again, never cut.
        draws: all draws that took.
        limit: largest length in characters.
        known: share of the names drawn that are training names; None where there are none.
        drawn: distributions of the names drawn.
        trained: distributions of the training names.
    """

    shown: tuple[str, ...]
    count: int
    draws: int
    limit: int
    known: float | None
    drawn: Distributions
    trained: Distributions


def take(
    model: nn.Module, vocabulary: Vocabulary, block_size: int, names: Sequence[str]
) -> Samples:
    """Draws names and compares them.

    Args:
        model: log-probabilities [B, V] of contexts int64 [B, L], on the CPU.
        vocabulary: of the model.
        block_size: L.
        names: the training names.
    """
    limit = max([LIMIT, *map(len, names)])
    drawn: list[str] = []
    draws, cells = 0, 0
    rows = max(1, min(COUNT, CELLS // len(vocabulary)))
    generator = torch.Generator().manual_seed(SEED)
    while len(drawn) < COUNT and draws < DRAWS and cells < BUDGET:
        symbols = _draw(model, rows, block_size, limit, generator)
        drawn += _names(symbols, vocabulary)
        draws += rows
        cells += int((symbols != END).sum() + rows) * len(vocabulary)
    del drawn[COUNT:]
    training = set(names)
    return Samples(
        shown=tuple(drawn[:SHOWN]),
        count=len(drawn),
        draws=draws,
        limit=limit,
        known=sum(name in training for name in drawn) / len(drawn) if drawn else None,
        drawn=Distributions.of(drawn),
        trained=Distributions.of(names),
    )


@torch.no_grad()
def _draw(
    model: nn.Module, rows: int, block_size: int, limit: int, generator: torch.Generator
) -> Tensor:
    """Symbols int64 [rows, limit + 1], drawn in lockstep; END from where a name ends."""
    symbols = torch.full((rows, block_size + limit + 1), END)
    alive = torch.arange(rows)
    for at in range(block_size, symbols.shape[1]):
        sums = model(symbols[alive, at - block_size : at]).exp().cumsum(1)  # (A, V)
        level = torch.rand((len(alive), 1), generator=generator) * sums[:, -1:]
        drawn = torch.searchsorted(sums, level, right=True)[:, 0]
        drawn.clamp_(max=sums.shape[1] - 1)  # where the product was rounded up to the last sum
        symbols[alive, at] = drawn
        alive = alive[drawn != END]
        if not len(alive):
            break
    return symbols[:, block_size:]


def _names(symbols: Tensor, vocabulary: Vocabulary) -> Iterator[str]:
    """Those that are not empty and have ended."""
    rows: Iterable[list[int]] = symbols[(symbols[:, 0] != END) & (symbols[:, -1] == END)].tolist()
    for row in rows:
        yield vocabulary.decode(row[: row.index(END)])
