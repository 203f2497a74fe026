"""Axes: maps from values to places in a picture, with ticks at round numbers.

A picture is stretched to the width of its reader's screen, and its text is not. So an axis knows
the room of two screens: on a wide one all of its ticks have a label, on a phone the labels of
``extra`` ticks are left out, and labels that would still touch stand in two rows.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Self

from namesmith_trainer.report.pictures.text_width import text_width

MULTIPLES = (1, 2, 5, 10)
"""Multiples of a power of ten that are round distances of ticks."""

DECADES = 3
"""Number of powers of ten from which an axis of powers has no ticks between them."""

MANY, THOUSAND = 100_000, 1_000
"""Number from which an axis has its labels in thousands, 100k; the thousand."""

SPAN = 1_000
"""Length of an axis in the picture's units."""

PHONE = 240
"""Length of a horizontal axis on a phone, in pixels."""

GAP, PHONE_GAP = 2, 4
"""Least distances of two labels of categories, on a wide screen and on a phone, in pixels."""

APART = 10
"""Least distance of two numbers below an axis, in pixels."""


@dataclass(frozen=True)
class Tick:
    """A tick on an axis.

    Attributes:
        place: place along the axis, in the picture's units.
        text: label beside the tick.
        extra: True if a phone has no room for the label.
        low: True if the label stands in a second row on a phone.
    """

    place: float
    text: str
    extra: bool = False
    low: bool = False


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
        marks = round_values(*values, about)
        every = _every([text for _, text in marks])
        step = marks[1][0] - marks[0][0] if len(marks) > 1 else 1
        ticks = tuple(
            Tick(axis.at(value), text, extra=round(value / step) % every != 0)
            for value, text in marks
        )
        return cls(label, *values, *places, ticks)

    @classmethod
    def named(cls, label: str, names: tuple[str, ...], room: float) -> Self:
        """Make an axis of categories; the i-th category spans the values from i to i + 1.

        Labels that would touch each other are left out.

        Args:
            label: text beside the axis: the kind of the categories.
            names: names of the categories, at least one name.
            room: length of the axis on a wide screen, in pixels.
        """
        axis = cls(label, 0, len(names), 0, SPAN, ticks=())
        widest = max(map(text_width, names))
        every = math.ceil((widest + GAP) * len(names) / room)
        crowd = (widest + PHONE_GAP) * len(names) / PHONE
        rows = 2 if crowd > every else 1
        of_phone = every * math.ceil(crowd / (every * rows))
        ticks = tuple(
            Tick(axis.at(i + 0.5), name, i % of_phone != 0, i // of_phone % rows == 1)
            for i, name in enumerate(names)
            if i % every == 0
        )
        return cls(label, 0, len(names), 0, SPAN, ticks)

    @classmethod
    def powers(cls, label: str, values: tuple[float, float]) -> Self:
        """Make an axis of exponents whose ticks show the powers of ten themselves.

        Args:
            label: text beside the axis: the quantity and its unit.
            values: log10 of the quantity at the start and at the end of the axis.
        """
        axis = cls(label, *values, 0, SPAN, ticks=())
        multiples = MULTIPLES[:-1] if values[1] - values[0] < DECADES else (1,)
        exponents = [
            exponent + math.log10(multiple)
            for exponent in range(math.floor(values[0]), math.ceil(values[1]) + 1)
            for multiple in multiples
        ]
        shown = [each for each in exponents if values[0] - 1e-9 <= each <= values[1] + 1e-9]
        ticks = tuple(Tick(axis.at(each), f"{10**each:g}") for each in shown)
        return cls(label, *values, 0, SPAN, ticks)

    def at(self, value: float) -> float:
        """Return the place of a value, in the picture's units."""
        share = (value - self.low) / (self.high - self.low)
        return round(self.start + share * (self.end - self.start), 1)


def round_values(low: float, high: float, about: int) -> list[tuple[float, str]]:
    """List about ``about`` round numbers from low to high (low < high), each with its text.

    From ``MANY`` on the texts are in thousands.
    """
    wanted = (high - low) / about
    power = 10.0 ** math.floor(math.log10(wanted))
    step = power * min(MULTIPLES, key=lambda multiple: abs(multiple * power - wanted))
    decimals = max(0, -math.floor(math.log10(step) + 1e-9))
    first, last = math.ceil(low / step - 1e-9), math.floor(high / step + 1e-9)
    thousands = step >= THOUSAND and max(abs(low), abs(high)) >= MANY
    values = [i * step for i in range(first, last + 1)]
    texts = [
        f"{value / THOUSAND:,.0f}k" if thousands and value else f"{value:,.{decimals}f}"
        for value in values
    ]
    return [(v, text.replace("-", "\N{MINUS SIGN}")) for v, text in zip(values, texts, strict=True)]


def _every(texts: Sequence[str]) -> int:
    """Return the least round number k so that each k-th of the texts has room on a phone."""
    wanted = sum(text_width(text) + APART for text in texts)
    return next((k for k in MULTIPLES if wanted <= k * PHONE), MULTIPLES[-1])
