"""Axes: maps from values to places in a picture, with ticks at round numbers."""

import math
from dataclasses import dataclass
from typing import Self

MULTIPLES = (1, 2, 5, 10)
"""Multiples of a power of ten that are round distances of ticks."""

DECADES = 3
"""Number of powers of ten from which an axis of powers has no ticks between them."""

CHARACTER = 9
"""Width of a character of a label, in the picture's units."""


@dataclass(frozen=True)
class Tick:
    """A tick on an axis.

    Attributes:
        place: place along the axis, in the picture's units.
        text: label beside the tick.
    """

    place: float
    text: str


@dataclass(frozen=True)
class Axis:
    """A linear scale.

    Attributes:
        label: text beside the axis: the quantity and its unit.
        low: value at the start of the axis.
        high: value at the end of the axis, not equal to ``low``.
        start: place of ``low`` in the picture's units.
        end: place of ``high`` in the picture's units.
        ticks: ticks from ``low`` to ``high``.
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
        """Make an axis with ticks at multiples of 1, 2 or 5 times a power of ten.

        Args:
            label: text beside the axis: the quantity and its unit.
            values: values at the start and at the end of the axis.
            places: places of the axis's start and end, in the picture's units.
            about: approximate number of ticks.
        """
        axis = cls(label, *values, *places, ticks=())
        ticks = tuple(Tick(axis.at(value), text) for value, text in round_values(*values, about))
        return cls(label, *values, *places, ticks)

    @classmethod
    def named(cls, label: str, names: tuple[str, ...], places: tuple[float, float]) -> Self:
        """Make an axis of categories; the i-th category spans the values from i to i + 1.

        Labels that would touch each other are left out.
        """
        axis = cls(label, 0, len(names), *places, ticks=())
        room = (places[1] - places[0]) / len(names)
        every = math.ceil(CHARACTER * max(map(len, names)) / room)
        ticks = tuple(
            Tick(axis.at(i + 0.5), name) for i, name in enumerate(names) if i % every == 0
        )
        return cls(label, 0, len(names), *places, ticks)

    @classmethod
    def powers(cls, label: str, values: tuple[float, float], places: tuple[float, float]) -> Self:
        """Make an axis of exponents whose ticks show the powers of ten themselves.

        Args:
            label: text beside the axis: the quantity and its unit.
            values: log10 of the quantity at the start and at the end of the axis.
            places: places of the axis's start and end, in the picture's units.
        """
        axis = cls(label, *values, *places, ticks=())
        multiples = MULTIPLES[:-1] if values[1] - values[0] < DECADES else (1,)
        exponents = [
            exponent + math.log10(multiple)
            for exponent in range(math.floor(values[0]), math.ceil(values[1]) + 1)
            for multiple in multiples
        ]
        shown = [each for each in exponents if values[0] - 1e-9 <= each <= values[1] + 1e-9]
        ticks = tuple(Tick(axis.at(each), f"{10**each:g}") for each in shown)
        return cls(label, *values, *places, ticks)

    def at(self, value: float) -> float:
        """Return the place of a value, in the picture's units."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def round_values(low: float, high: float, about: int) -> list[tuple[float, str]]:
    """List about ``about`` round numbers from low to high (low < high), each with its text."""
    wanted = (high - low) / about
    power = 10.0 ** math.floor(math.log10(wanted))
    step = power * min(MULTIPLES, key=lambda multiple: abs(multiple * power - wanted))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    values = [i * step for i in range(first, last + 1)]
    return [(value, f"{value:,.{decimals}f}".replace("-", "\N{MINUS SIGN}")) for value in values]
