"""Two distributions over the same categories, and the distance between them."""

import math
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Self, TypeVar

K = TypeVar("K")

CATEGORIES = 26
"""Largest number of categories in a picture; the last category sums up all further categories."""


@dataclass(frozen=True)
class Shares:
    """The shares of the training names and of the drawn names in each category.

    Attributes:
        rows: for each category, the category's name, its share of the training names and its
            share of the drawn names.
        count: number of drawn names.
    """

    rows: tuple[tuple[str, float, float], ...]
    count: int

    @classmethod
    def of_lengths(
        cls, trained: Mapping[int, float], drawn: Mapping[int, float], count: int
    ) -> Self:
        """Build the categories of lengths from 1 on; the last may stand for all greater lengths.

        Args:
            trained: share of the training names by length in characters.
            drawn: share of the drawn names by length in characters.
            count: number of drawn names.
        """
        longest = max([*trained, *drawn])
        named = [(str(length), length) for length in range(1, longest + 1)]
        rest = f"{CATEGORIES}+"
        return cls(_rows(named, trained, drawn, rest), count)

    @classmethod
    def of_letters(
        cls, trained: Mapping[str, float], drawn: Mapping[str, float], count: int
    ) -> Self:
        """Build the categories of letters, the training names' most common letter first.

        Args:
            trained: share of the training names by first letter, most common first.
            drawn: share of the drawn names by first letter.
            count: number of drawn names.
        """
        named = [(visible(letter), letter) for letter in dict.fromkeys([*trained, *drawn])]
        return cls(_rows(named, trained, drawn, "\N{HORIZONTAL ELLIPSIS}"), count)

    @property
    def distance(self) -> float:
        """Total variation distance: the share of names that would have to change category."""
        return sum(abs(p - q) for _, p, q in self.rows) / 2

    @property
    def chance(self) -> float:
        """Expected distance of ``count`` names that are drawn from the training names themselves.

        The normal approximation of a share's error is E|p' - p| = sqrt(2 p (1 - p) / (pi n)).
        """
        if not self.count:
            return 0.0
        return sum(math.sqrt(2 * p * (1 - p) / (math.pi * self.count)) for _, p, _ in self.rows) / 2


def visible(letter: str) -> str:
    """Make a letter visible: a combining mark on a dotted circle, a blank as an open box."""
    if unicodedata.combining(letter):
        return f"\N{DOTTED CIRCLE}{letter}"
    return letter if letter.isprintable() and not letter.isspace() else "\N{OPEN BOX}"


def _rows(
    named: list[tuple[str, K]], trained: Mapping[K, float], drawn: Mapping[K, float], rest: str
) -> tuple[tuple[str, float, float], ...]:
    """Build a row for each category; categories without room are summed up in the last row."""
    rows = [(name, trained.get(key, 0.0), drawn.get(key, 0.0)) for name, key in named]
    if len(rows) <= CATEGORIES:
        return tuple(rows)
    tail = rows[CATEGORIES - 1 :]
    last = (rest, sum(p for _, p, _ in tail), sum(q for _, _, q in tail))
    return (*rows[: CATEGORIES - 1], last)
