"""Two distributions over the same categories, and how far apart they are."""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

K = TypeVar("K")

CATEGORIES = 26
"""What a picture has room for; the rest is taken together in the last one."""


@dataclass(frozen=True)
class Shares:
    """Shares of the training names and of the drawn names.

    Attributes:
        rows: name of a category and the two shares.
        count: names drawn.
    """

    rows: tuple[tuple[str, float, float], ...]
    count: int

    @classmethod
    def of_lengths(
        cls, trained: Mapping[int, float], drawn: Mapping[int, float], count: int
    ) -> Self:
        """Lengths from 1 on; the last category is its length and all above."""
        longest = max([*trained, *drawn])
        named = [(str(length), length) for length in range(1, longest + 1)]
        rest = f"{CATEGORIES}+"
        return cls(_rows(named, trained, drawn, rest), count)

    @classmethod
    def of_letters(
        cls, trained: Mapping[str, float], drawn: Mapping[str, float], count: int
    ) -> Self:
        """Letters, the most common of the training names first; the last is all the others."""
        named = [(visible(letter), letter) for letter in dict.fromkeys([*trained, *drawn])]
        return cls(_rows(named, trained, drawn, "\N{HORIZONTAL ELLIPSIS}"), count)

    @property
    def distance(self) -> float:
        """Total variation: the share of names that would have to change category."""
        return sum(abs(p - q) for _, p, q in self.rows) / 2

    @property
    def chance(self) -> float:
        """Expected distance if the names were drawn from the training names' distribution.

        By the normal approximation E|p' - p| = sqrt(2 p (1 - p) / (pi n)).
        """
        if not self.count:
            return 0.0
        return sum(math.sqrt(2 * p * (1 - p) / (math.pi * self.count)) for _, p, _ in self.rows) / 2


def visible(letter: str) -> str:
    """A letter that can be seen: a mark on a dotted circle, a blank as an open box."""
    if unicodedata.combining(letter):
        return f"\N{DOTTED CIRCLE}{letter}"
    return letter if letter.isprintable() and not letter.isspace() else "\N{OPEN BOX}"


def _rows(
    named: list[tuple[str, K]], trained: Mapping[K, float], drawn: Mapping[K, float], rest: str
) -> tuple[tuple[str, float, float], ...]:
    """A row for each category; those for which there is no room are added up."""
    rows = [(name, trained.get(key, 0.0), drawn.get(key, 0.0)) for name, key in named]
    if len(rows) <= CATEGORIES:
        return tuple(rows)
    tail = rows[CATEGORIES - 1 :]
    last = (rest, sum(p for _, p, _ in tail), sum(q for _, _, q in tail))
    return (*rows[: CATEGORIES - 1], last)
