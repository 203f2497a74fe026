"""Charts of areas: histograms, saturation maps and bars."""

from collections.abc import Sequence
from dataclasses import dataclass

from namesmith_trainer.report.diagnostics import Histogram, SaturationMap
from namesmith_trainer.report.pictures import png
from namesmith_trainer.report.pictures.axis import SPAN, Axis
from namesmith_trainer.report.pictures.picture import NARROW, Mark, Picture, horizontal, vertical

BAR = 0.36
"""Width of a bar, as a share of the width of its category; a category has two bars."""

COLOURS = {"start": bytes((205, 105, 30)), "end": bytes((50, 125, 210))}
"""Colour of a saturation map by style: contrast above 3 on light and dark (WCAG 1.4.11)."""


@dataclass(frozen=True)
class Shown:
    """A histogram to be drawn, with the title of its picture and the style of its area."""

    histogram: Histogram
    title: str
    style: str


def histograms(label: str, shown: Sequence[Shown]) -> tuple[Picture, ...]:
    """Draw histograms on one horizontal scale.

    Histograms with the same bins share a vertical scale too.

    Args:
        label: label of the values' axis.
        shown: histograms to draw, at least one histogram.
    """
    counted = [one.histogram for one in shown]
    x = horizontal(label, (min(h.low for h in counted), max(h.high for h in counted)))
    tops = [max(h.counts) for h in counted]
    if len({(h.low, h.high) for h in counted}) == 1:
        tops = [max(tops)] * len(tops)
    scales = [vertical("values a bin", (0, 1.05 * top)) for top in tops]
    return tuple(_histogram(one, x, y) for one, y in zip(shown, scales, strict=True))


def _histogram(shown: Shown, x: Axis, y: Axis) -> Picture:
    h = shown.histogram
    width = (h.high - h.low) / len(h.counts)
    tops = "".join(
        f"V{y.at(count)}H{x.at(h.low + i * width)}" for i, count in enumerate(h.counts, start=1)
    )
    path = f"M{x.at(h.low)} {y.at(0)}{tops}V{y.at(0)}Z"
    description = (
        f"Histogram of {h.population:,} values from {h.low:.3g} to {h.high:.3g}, mean"
        f" {h.mean:.3g}, standard deviation {h.std:.3g}."
    )
    return Picture(
        shown.title, description, NARROW, x, y, (Mark(f"area hill {shown.style}", path),)
    )


def saturation(saturated: SaturationMap, title: str, style: str) -> Picture:
    """Draw a saturation map, with a column for each unit and a row for each example."""
    rows = [bytes.fromhex(row) for row in saturated.rows]
    return Picture(
        title=title,
        description=(
            f"|h| > {saturated.threshold:g} in {saturated.share:.1%} of {saturated.units:,} units"
            f" times {saturated.examples:,} examples; {saturated.dead_units:,} columns are full."
        ),
        width=NARROW,
        x=horizontal("unit", (0, saturated.units)),
        y=Axis.linear("example", (0, saturated.examples), (0, SPAN)),
        image=png.data_uri(saturated.units, rows, COLOURS[style]),
    )


def bars(
    title: str,
    label: str,
    shares: Sequence[tuple[str, float, float]],
    *,
    value: str = "share of names (%)",
    legend: tuple[str, str] = ("training names", "drawn names"),
) -> Picture:
    """Draw two shares in each category.

    Args:
        title: title of the picture.
        label: label of the categories' axis.
        shares: for each category, the category's name and its two shares.
        value: label of the shares' axis.
        legend: names of the two shares.
    """
    x = Axis.named(label, tuple(name for name, _, _ in shares), NARROW)
    top = max((max(pair) for _, *pair in shares), default=0) or 0.01
    y = vertical(value, (0, top * 105))
    first = _bars([100 * share for _, share, _ in shares], 0.12, x, y)
    second = _bars([100 * share for _, _, share in shares], 0.5, x, y)
    styles = "area data", "area end"
    marks = (Mark(styles[0], first), Mark(styles[1], second))
    entries = tuple(zip(styles, legend, strict=True))
    return Picture(title, f"Bars for {len(shares)} categories.", NARROW, x, y, marks, entries)


def _bars(values: Sequence[float], at: float, x: Axis, y: Axis) -> str:
    """Return the path of a bar in each category, from ``at`` to ``at + BAR`` of its width."""
    return "".join(
        f"M{x.at(i + at)} {y.at(0)}V{y.at(value)}H{x.at(i + at + BAR)}V{y.at(0)}Z"
        for i, value in enumerate(values)
    )
