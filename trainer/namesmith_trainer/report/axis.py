"""Axes: from values to places on a picture, with ticks at round numbers."""

import math
from dataclasses import dataclass
from typing import Self

MULTIPLES = (1, 2, 5, 10)

CHARACTER = 9
"""Width of a character of a label."""


@dataclass(frozen=True)
class Tick:
    """A mark on an axis.

    Attributes:
        place: along the axis, in the picture's units.
        text: beside it.
    """

    place: float
    text: str


@dataclass(frozen=True)
class Axis:
    """A linear scale.

    Attributes:
        label: what it measures, with the unit.
        low: value at its start.
        high: value at its end, not equal to ``low``.
        start: place of ``low`` in the picture's units.
        end: place of ``high``.
        ticks: marks, all between the two.
    """

    label: str
    low: float
    high: float
    start: float
    end: float
    ticks: tuple[Tick, ...]

    @classmethod
    def linear(
        cls, label: str, values: tuple[float, float], places: tuple[float, float], about: int = 5
    ) -> Self:
        """An axis with about so many ticks at multiples of 1, 2 or 5 times a power of ten."""
        axis = cls(label, *values, *places, ticks=())
        ticks = tuple(Tick(axis.at(value), text) for value, text in round_values(*values, about))
        return cls(label, *values, *places, ticks)

    @classmethod
    def named(cls, label: str, names: tuple[str, ...], places: tuple[float, float]) -> Self:
        """An axis of categories: the i-th takes the values from i to i + 1."""
        axis = cls(label, 0, len(names), *places, ticks=())
        room = (places[1] - places[0]) / len(names)
        every = math.ceil(
            CHARACTER * max(map(len, names)) / room
        )  # a label may need to be left out
        ticks = tuple(
            Tick(axis.at(i + 0.5), name) for i, name in enumerate(names) if i % every == 0
        )
        return cls(label, 0, len(names), *places, ticks)

    def at(self, value: float) -> float:
        """The place of a value."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def round_values(low: float, high: float, about: int) -> list[tuple[float, str]]:
    """Round numbers between low and high (low < high), each with its text."""
    wanted = (high - low) / about
    power = 10.0 ** math.floor(math.log10(wanted))
    step = power * min(MULTIPLES, key=lambda multiple: abs(multiple * power - wanted))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [i * step for i in range(first, last + 1)]
    return [(value, f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")) for value in values]
