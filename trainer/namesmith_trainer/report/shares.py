"""Two distributions over the same categories, and the distance between them."""

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Self, TypeVar

K = TypeVar("K")

CATEGORIES = 26
"""Largest number of categories in a picture, the last length's included."""

TAIL = 0.01
"""Largest share of the training names whose lengths the last category sums up."""

Row = tuple[str, float, float]
"""Name of a category, its share of the training names and its share of the drawn names."""


@dataclass(frozen=True)
class Shares:
    """The shares of the training names and of the drawn names in each category.

    Attributes:
        rows: the categories.
        count: number of drawn names.
        others: number of further categories that are no rows, because there are too many.
        rest: the shares of these further categories together; 0 each without any.
    """

    rows: tuple[Row, ...]
    count: int
    others: int = 0
    rest: tuple[float, float] = (0.0, 0.0)

    @classmethod
    def of_lengths(
        cls, trained: Mapping[int, float], drawn: Mapping[int, float], count: int
    ) -> Self:
        """Build the categories of lengths from 1 on, several lengths each where names are long.

        The last category may stand for all greater lengths.

        Args:
            trained: share of the training names by length in characters.
            drawn: share of the drawn names by length in characters.
            count: number of drawn names.
        """
        longest = max([*trained, *drawn])
        width = math.ceil(_usual(trained) / (CATEGORIES - 1)) if longest > CATEGORIES else 1
        last = min(CATEGORIES, math.ceil(longest / width))
        rows = []
        for low in range(1, last * width + 1, width):
            high = low + width - 1
            open_ended = longest > high and low + width > last * width
            name = f"{low}+" if open_ended else f"{low}\N{EN DASH}{high}" if width > 1 else f"{low}"
            top = longest if open_ended else high
            rows.append((name, _within(trained, low, top), _within(drawn, low, top)))
        return cls(tuple(rows), count)

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
        letters = list(dict.fromkeys([*trained, *drawn]))
        named, further = letters[:CATEGORIES], letters[CATEGORIES:]
        rows = tuple(
            (visible(each), trained.get(each, 0.0), drawn.get(each, 0.0)) for each in named
        )
        rest = _of(trained, further), _of(drawn, further)
        return cls(rows, count, len(further), rest)

    @property
    def distance(self) -> float:
        """Total variation distance: the share of names that would have to change category."""
        return sum(abs(p - q) for p, q in self._pairs) / 2

    @property
    def chance(self) -> float:
        """Expected distance of ``count`` names that are drawn from the training names themselves.

        The normal approximation of a share's error is E|p' - p| = sqrt(2 p (1 - p) / (pi n)).
        """
        if not self.count:
            return 0.0
        errors = (2 * p * max(1 - p, 0) / (math.pi * self.count) for p, _ in self._pairs)
        return sum(map(math.sqrt, errors)) / 2

    @property
    def _pairs(self) -> list[tuple[float, float]]:
        return [*((p, q) for _, p, q in self.rows), self.rest]


def visible(letter: str) -> str:
    """Make a letter visible: a combining mark on a dotted circle, a blank as an open box."""
    seen = standing(letter)
    return seen if seen.isprintable() and not seen.isspace() else "\N{OPEN BOX}"


def standing(name: str) -> str:
    """Put a dotted circle before a name that begins with a mark, as a drawn name may.

    A vowel that decomposes into a mark, such as Thai's SARA AM, is a mark too.
    """
    first = unicodedata.normalize("NFKD", name[:1])
    marked = first and unicodedata.category(first[0]) in {"Mn", "Me", "Mc"}
    return f"\N{DOTTED CIRCLE}{name}" if marked else name


def _usual(trained: Mapping[int, float]) -> int:
    """Return the least length that at most ``TAIL`` of the training names exceed."""
    longer = 1.0
    for length in sorted(trained):
        longer -= trained[length]
        if longer <= TAIL:
            return length
    return max(trained)


def _within(shares: Mapping[int, float], low: int, high: int) -> float:
    """Return the share of the lengths from low to high."""
    return _of(shares, range(low, high + 1))


def _of(shares: Mapping[K, float], keys: Sequence[K]) -> float:
    """Return the sum of the shares of some categories."""
    return sum(shares.get(key, 0.0) for key in keys)
