"""``Picture``: a chart's axes and marks, ready for the SVG template."""

from dataclasses import dataclass

from namesmith_trainer.report.pictures.axis import SPAN, Axis

NARROW, WIDE = 380, 880
"""Lengths of the horizontal axis of a picture that shares a row with another picture, or fills a
row alone, in pixels on a wide screen."""


@dataclass(frozen=True)
class Mark:
    """A path that is drawn in a picture, and its style.

    Attributes:
        style: CSS class.
        path: SVG path data in units of which each axis has ``SPAN``.
    """

    style: str
    path: str


@dataclass(frozen=True)
class Picture:
    """A chart, which is stretched to the width that there is.

    Attributes:
        title: title of the chart, which a screen reader says first.
        description: sentence that describes the chart to a reader who does not see it.
        width: length of the horizontal axis on a wide screen, in pixels.
        x: horizontal axis.
        y: vertical axis.
        marks: paths, in the order in which they are drawn.
        legend: style and text of each kind of mark; empty for one kind of mark.
        image: data URI of an image that fills the axes; empty without an image.
        note: sentence below the chart about values that are not in it; empty without one.
    """

    title: str
    description: str
    width: int
    x: Axis
    y: Axis
    marks: tuple[Mark, ...] = ()
    legend: tuple[tuple[str, str], ...] = ()
    image: str = ""
    note: str = ""

    @property
    def kind(self) -> str:
        """CSS classes of the picture's figure."""
        staggered = " staggered" if any(tick.low for tick in self.x.ticks) else ""
        return f"{'wide' if self.width == WIDE else 'narrow'}{staggered}"


def horizontal(label: str, values: tuple[float, float], width: int = NARROW) -> Axis:
    """Make the axis below a picture, with a tick about every 90 pixels."""
    return Axis.linear(label, values, (0, SPAN), width // 90)


def vertical(label: str, values: tuple[float, float]) -> Axis:
    """Make the axis beside a picture, with low values at the bottom."""
    return Axis.linear(label, values, (SPAN, 0), 4)
