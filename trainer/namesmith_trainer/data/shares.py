"""``Shares``: how a list is divided into train, val and test."""

import re
from dataclasses import dataclass
from fractions import Fraction
from typing import Self

NUMBER = re.compile(r"\d{1,9}(?:\.\d{1,9})?")
"""Pattern of a number of a division: up to nine digits, and up to nine behind a point."""


@dataclass(frozen=True)
class Shares:
    """The shares of train, val and test in a list: each above 0, their sum 1."""

    train: Fraction
    val: Fraction
    test: Fraction

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read a ratio such as ``90,5,5``, ``8,1,1`` or ``0.9,0.05,0.05``.

        Raises:
            ValueError: the text is not three numbers above 0.
        """
        parts = [part.strip() for part in text.split(",")]
        if len(parts) != 3 or not all(map(NUMBER.fullmatch, parts)):
            raise ValueError(f"{text!r} is not three numbers TRAIN,VAL,TEST, such as 90,5,5")
        numbers = [Fraction(part) for part in parts]
        for split, number in zip(("train", "val", "test"), numbers, strict=True):
            if not number:
                raise ValueError(f"{text!r}: {split} is 0, each number must be above 0")
        train, val, test = (number / sum(numbers) for number in numbers)
        return cls(train, val, test)

    def ends(self, names: int) -> tuple[int, int]:
        """Return the ends of train and of val in a list of names, rounded down."""
        return int(names * self.train), int(names * (self.train + self.val))

    @property
    def numbers(self) -> tuple[float, float, float]:
        """Shares of train, val and test."""
        return float(self.train), float(self.val), float(self.test)

    def __str__(self) -> str:
        """Return the shares in percent, as ``80,10,10``."""
        return ",".join(f"{100 * number:g}" for number in self.numbers)


NOTEBOOK = Shares.parse("80,10,10")
"""Shares of the notebook's splits."""
