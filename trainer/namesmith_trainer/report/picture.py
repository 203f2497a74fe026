"""Pictures: axes and what is drawn between them, ready for the SVG template."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from namesmith_trainer.diagnostics.curve import LossCurve
from namesmith_trainer.diagnostics.histogram import Histogram
from namesmith_trainer.diagnostics.saturation import SaturationMap
from namesmith_trainer.report import png
from namesmith_trainer.report.axis import Axis

HEIGHT = 250
NARROW, WIDE = 460, 960
LEFT, RIGHT, TOP, BOTTOM = 58, 16, 10, 46
"""Margins around the axes; lengths are in units of the picture, about a pixel each."""

COLOURS = {"start": bytes((217, 119, 43)), "end": bytes((61, 139, 224))}
"""Of the saturation maps: seen on light and on dark."""


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


def histograms(
    pair: Mapping[str, Histogram], titles: Mapping[str, str], label: str
) -> list[Picture]:
    """Histograms side by side on one horizontal scale.

    Args:
        pair: by style.
        titles: by the same.
        label: of the horizontal axis.
    """
    low = min(histogram.low for histogram in pair.values())
    high = max(histogram.high for histogram in pair.values())
    return [
        _histogram(histogram, titles[style], label, (low, high), style)
        for style, histogram in pair.items()
    ]


def _histogram(
    histogram: Histogram, title: str, label: str, values: tuple[float, float], style: str
) -> Picture:
    x = _horizontal(label, values)
    y = _vertical("values a bin", (0, max(1, *histogram.counts) * 1.05))
    width = (histogram.high - histogram.low) / len(histogram.counts)
    edges = [histogram.low + i * width for i in range(len(histogram.counts) + 1)]
    tops = "".join(
        f"V{y.at(count)}H{x.at(edge)}"
        for count, edge in zip(histogram.counts, edges[1:], strict=True)
    )
    path = f"M{x.at(edges[0])} {y.at(0)}{tops}V{y.at(0)}Z"
    description = (
        f"Histogram of {histogram.population:,} values from {histogram.low:.3g} to"
        f" {histogram.high:.3g}, mean {histogram.mean:.3g}, standard deviation {histogram.std:.3g}."
    )
    return Picture(title, description, NARROW, x, y, (Mark(f"area {style}", path),))


def saturation(saturated: SaturationMap, title: str, style: str) -> Picture:
    """The saturation map, a column a unit and a row an example."""
    rows = [bytes.fromhex(row) for row in saturated.rows]
    return Picture(
        title=title,
        description=(
            f"{saturated.share:.1%} of {saturated.units:,} units times {saturated.examples:,}"
            f" examples are saturated; {saturated.dead_units:,} columns are full."
        ),
        width=NARROW,
        x=_horizontal("unit", (0, saturated.units)),
        y=Axis.linear("example", (0, saturated.examples), (TOP, HEIGHT - BOTTOM)),
        image=png.data_uri(saturated.units, rows, COLOURS[style]),
    )


def curve(losses: LossCurve, expected: float) -> Picture:
    """The loss of every step: the band that the raw losses fill, and their mean over it.

    Args:
        losses: of the run.
        expected: log10 of the loss that is expected at step 0.
    """
    known = [value for value in (*losses.low, *losses.high) if value is not None]
    x = _horizontal("step", (0, losses.steps), WIDE, about=8)
    y = _vertical("log\u2081\u2080 loss (nats)", _padded([*known, expected]))
    marks = (
        Mark("band", _band(losses, x, y)),
        Mark("rule", f"M{x.start} {y.at(expected)}H{x.end}"),
        Mark("line end", _line(losses.means, losses.window, losses.steps, x, y)),
    )
    raw = "loss of each step" if losses.bucket == 1 else "lowest to highest loss of a step"
    window = f"mean over {losses.window:,} steps" if losses.window > 1 else "loss of each step"
    legend = (("band", raw), ("line end", window), ("rule", "expected at step 0"))
    return Picture(
        "Loss at every step",
        f"Loss over {losses.steps:,} steps, as log10 of nats.",
        WIDE,
        x,
        y,
        marks,
        legend,
    )


def curves(all_losses: Mapping[str, LossCurve], title: str, upto: int | None = None) -> Picture:
    """The mean losses of several runs, one over the other.

    Args:
        all_losses: by the name of the run, in the order of the legend.
        title: of the picture.
        upto: last step that is shown, the last of the longest run where it is None.
    """
    steps = min(upto or 1 << 62, max(losses.steps for losses in all_losses.values()))
    known = [
        value
        for losses in all_losses.values()
        for value in losses.means[: -(-steps // losses.window)]
        if value is not None
    ]
    x = _horizontal("step", (0, steps), WIDE, about=8)
    y = _vertical("log\u2081\u2080 loss (nats)", _padded(known))
    styles = {name: f"line run-{i % 6}" for i, name in enumerate(all_losses)}
    marks = tuple(
        Mark(styles[name], _line(losses.means, losses.window, steps, x, y))
        for name, losses in all_losses.items()
    )
    legend = tuple((style, name) for name, style in styles.items())
    return Picture(title, f"Mean loss over {steps:,} steps.", WIDE, x, y, marks, legend)


def bars(title: str, label: str, shares: Sequence[tuple[str, float, float]]) -> Picture:
    """Shares of the training names and of the drawn names, category by category.

    Args:
        title: of the picture.
        label: of the categories.
        shares: name of each category, and the two shares.
    """
    x = Axis.named(label, tuple(name for name, _, _ in shares), (LEFT, NARROW - RIGHT))
    top = max((max(pair) for _, *pair in shares), default=0) or 0.01
    y = _vertical("share of names (%)", (0, top * 105))
    marks = []
    for at, style, index in ((0.12, "data", 1), (0.5, "end", 2)):
        path = "".join(
            f"M{x.at(i + at)} {y.at(0)}V{y.at(100 * float(row[index]))}H{x.at(i + at + 0.36)}V{y.at(0)}Z"
            for i, row in enumerate(shares)
        )
        marks.append(Mark(f"area {style}", path))
    legend = (("area data", "training names"), ("area end", "drawn names"))
    return Picture(
        title, f"Bars for {len(shares)} categories.", NARROW, x, y, tuple(marks), legend
    )


def _horizontal(
    label: str, values: tuple[float, float], width: int = NARROW, about: int = 5
) -> Axis:
    return Axis.linear(label, values, (LEFT, width - RIGHT), about)


def _vertical(label: str, values: tuple[float, float]) -> Axis:
    return Axis.linear(label, values, (HEIGHT - BOTTOM, TOP), 4)


def _padded(values: Sequence[float]) -> tuple[float, float]:
    """From below the lowest to above the highest, however close they are."""
    low, high = min(values, default=0.0), max(values, default=1.0)
    room = 0.05 * (high - low) or 0.05
    return low - room, high + room


def _line(
    means: Sequence[float | None], window: int, steps: int, x: Axis, y: Axis
) -> str:
    """A point in the middle of each window; broken where there is no loss."""
    path, pen = "", "M"
    for i, mean in enumerate(means):
        middle = min(i * window + window / 2, (i * window + steps) / 2)
        if middle > steps:
            break
        if mean is None:
            pen = "M"
            continue
        path += f"{pen}{x.at(middle)} {y.at(mean)}"
        path += "h0" if pen == "M" else ""  # a lone point shows as a dot
        pen = "L"
    return path


def _band(losses: LossCurve, x: Axis, y: Axis) -> str:
    """From the lowest to the highest loss of each bucket; a line where a bucket is a step."""
    if losses.bucket == 1:
        return _line(losses.low, 1, losses.steps, x, y)
    path = ""
    for i, (low, high) in enumerate(zip(losses.low, losses.high, strict=True)):
        if low is not None and high is not None:
            left, right = i * losses.bucket, min((i + 1) * losses.bucket, losses.steps)
            path += f"M{x.at(left)} {y.at(high)}H{x.at(right)}V{y.at(low)}H{x.at(left)}Z"
    return path
