"""Names drawn from the trained model, compared with the training names.

The report has a small sampler of its own: the server's sampler is faster and knows constraints,
but the trainer does not import the server.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Self

import torch
from torch import Tensor

from namesmith.vocabulary import END, Vocabulary
from namesmith_trainer.data import name_counts

Model = Callable[[Tensor], Tensor]
"""Function on the CPU from contexts int64 [B, L] to log-probabilities [B, V]."""

COUNT = 5_000
"""Number of drawn names whose distributions are counted."""

SHOWN = 20
"""Number of drawn names that the report shows."""

DRAWS = 2 * COUNT
"""Number of draws after which the sampler gives up on a model that hardly ever ends a name."""

LIMIT = 64
"""Largest number of characters of a drawn name, unless a training name is longer."""

CELLS = 1 << 22
"""Largest number of probabilities in memory at once."""

BUDGET = 1 << 28
"""Approximate number of probabilities that are computed in all.

A vocabulary of thousands of symbols therefore gets fewer names than ``COUNT``.
"""

SEED = 42
"""Seed of the drawn names."""


@dataclass(frozen=True)
class Distributions:
    """The distributions of names by length and by first letter; empty where there are no names.

    Attributes:
        lengths: share of names of each length in characters, from 1.
        first_letters: share of names that start with each character, most common first.
    """

    lengths: dict[int, float]
    first_letters: dict[str, float]

    @classmethod
    def of(cls, names: Sequence[str]) -> Self:
        """Return the distributions of names, each of a character at least, by their counts."""
        lengths: Counter[int] = Counter()
        letters: Counter[str] = Counter()
        counts = name_counts(names)
        times = [1] * len(names) if counts is None else counts.tolist()
        for name, count in zip(names, times, strict=True):
            lengths[len(name)] += count
            letters[name[0]] += count
        total = lengths.total()
        return cls(
            lengths={length: lengths[length] / total for length in sorted(lengths)},
            first_letters={
                letter: count / total
                for letter, count in sorted(letters.items(), key=lambda item: (-item[1], item[0]))
            },
        )


@dataclass(frozen=True)
class Samples:
    """Names of the model beside the training names.

    Attributes:
        shown: the first drawn names, at most ``SHOWN``.
        count: number of drawn names; a draw that is empty or longer than ``limit`` is no name,
            and is drawn again instead of cut.
        draws: number of draws, the draws that gave no name included.
        limit: largest length of a drawn name in characters.
        known: share of the drawn names that are training names; None where no name was drawn.
        drawn: distributions of the drawn names.
        trained: distributions of the training names.
    """

    shown: tuple[str, ...]
    count: int
    draws: int
    limit: int
    known: float | None
    drawn: Distributions
    trained: Distributions


def draw_samples(
    model: Model, vocabulary: Vocabulary, block_size: int, names: Sequence[str]
) -> Samples:
    """Draw names and compare them with the training names.

    Args:
        model: the model.
        vocabulary: symbols of the model.
        block_size: L, number of symbols of a context.
        names: training names.
    """
    limit = max([LIMIT, *map(len, names)])
    drawn: list[str] = []
    draws, cells = 0, 0
    rows = max(1, min(COUNT, CELLS // len(vocabulary)))
    generator = torch.Generator().manual_seed(SEED)
    while len(drawn) < COUNT and draws < DRAWS and cells < BUDGET:
        symbols = draw(model, rows, block_size, limit, generator)
        drawn += names_of(symbols[whole(symbols)], vocabulary)
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
def draw(
    model: Model, rows: int, block_size: int, limit: int, generator: torch.Generator
) -> Tensor:
    """Draw names in lockstep: symbols int64 [rows, limit + 1], END from the end of a name on.

    A row's draws do not depend on the ends of the other rows.
    """
    symbols = torch.full((rows, block_size + limit + 1), END)
    alive = torch.arange(rows)
    for at in range(block_size, symbols.shape[1]):
        sums = model(symbols[alive, at - block_size : at]).exp().cumsum(1)  # (A, V)
        level = torch.rand((rows, 1), generator=generator)[alive] * sums[:, -1:]
        drawn = torch.searchsorted(sums, level, right=True)[:, 0]
        drawn.clamp_(max=sums.shape[1] - 1)  # a level may be rounded up to the last sum
        symbols[alive, at] = drawn
        alive = alive[drawn != END]
        if not len(alive):
            break
    return symbols[:, block_size:]


def whole(symbols: Tensor) -> Tensor:
    """Return which drawn rows are a name, not empty and ended within the row: bool [rows]."""
    return (symbols[:, 0] != END) & (symbols[:, -1] == END)


def names_of(symbols: Tensor, vocabulary: Vocabulary) -> Iterator[str]:
    """Yield the name of each row int64 [rows, limit + 1]; each is whole."""
    rows: Iterable[list[int]] = symbols.tolist()
    for row in rows:
        yield vocabulary.decode(row[: row.index(END)])
