"""``Picture``: a chart's axes and marks, ready for the SVG template."""

from dataclasses import dataclass

from namesmith_trainer.report.pictures.axis import Axis

HEIGHT = 250
"""Height of a picture in its own units, about a pixel each."""

NARROW, WIDE = 460, 960
"""Widths of a picture that shares a row with another picture, or fills a row alone, in units."""

LEFT, RIGHT, TOP, BOTTOM = 66, 20, 10, 46
"""Margins of a picture around its axes, in units."""


@dataclass(frozen=True)
class Mark:
    """A path that is drawn in a picture, and its style.

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
        title: title of the chart, which a screen reader says first.
        description: sentence that describes the chart to a reader who does not see it.
        width: width in units; the height is ``HEIGHT``.
        x: horizontal axis.
        y: vertical axis.
        marks: paths, in the order in which they are drawn.
        legend: style and text of each kind of mark; empty for one kind of mark.
        image: data URI of an image that fills the axes; empty without an image.
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
    """Make the axis below a picture, with a tick about every 90 units."""
    return Axis.linear(label, values, (LEFT, width - RIGHT), width // 90)


def vertical(label: str, values: tuple[float, float]) -> Axis:
    """Make the axis beside a picture, with low values at the bottom."""
    return Axis.linear(label, values, (HEIGHT - BOTTOM, TOP), 4)
