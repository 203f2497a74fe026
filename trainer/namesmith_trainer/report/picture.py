"""A picture: axes and what is drawn between them, ready for the SVG template."""

from dataclasses import dataclass

from namesmith_trainer.report.axis import Axis

HEIGHT = 250
NARROW, WIDE = 460, 960
LEFT, RIGHT, TOP, BOTTOM = 66, 20, 10, 46
"""Margins around the axes; lengths are in units of the picture, about a pixel each."""


@dataclass(frozen=True)
class Mark:
    """A path, and the style that says what it stands for.

    Attributes:
        style: CSS class.
        path: SVG path data.
    """

    style: str
    path: str


@dataclass(frozen=True)
class Picture:
    """A chart.

    Attributes:
        title: what it shows; also what a screen reader says first.
        description: what there is to see, in a sentence.
        width: in its own units; its height is ``HEIGHT``.
        x: horizontal axis.
        y: vertical axis.
        marks: drawn in this order.
        legend: style and text of each kind of mark, where there are several.
        image: data URI of a picture that fills the axes.
    """

    title: str
    description: str
    width: int
    x: Axis
    y: Axis
    marks: tuple[Mark, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    image: str = ""

    height: int = HEIGHT


def horizontal(label: str, values: tuple[float, float], width: int = NARROW) -> Axis:
    """The axis under a picture, a tick about every 90 units."""
    return Axis.linear(label, values, (LEFT, width - RIGHT), width // 90)


def vertical(label: str, values: tuple[float, float]) -> Axis:
    """The axis beside a picture, low values at the bottom."""
    return Axis.linear(label, values, (HEIGHT - BOTTOM, TOP), 4)
