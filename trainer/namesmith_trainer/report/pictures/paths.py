"""The paths of lines, in SVG."""

from collections.abc import Sequence

from namesmith_trainer.report.diagnostics import LossCurve
from namesmith_trainer.report.pictures.axis import Axis


def steady(values: Sequence[float], start: float, width: float, x: Axis, y: Axis) -> str:
    """Return the path of a line through the middles of intervals; a single interval shows as a dot.

    Args:
        values: value of each interval.
        start: start of the first interval.
        width: width of each interval.
        x: axis of the intervals; the last interval is cut at its end.
        y: axis of the values.
    """
    lefts = [start + i * width for i in range(len(values))]
    middles = [(left + min(left + width, x.high)) / 2 for left in lefts]
    return through(list(zip(middles, values, strict=True)), x, y)


def through(points: Sequence[Sequence[float]], x: Axis, y: Axis) -> str:
    """Return the path of a line through points (x, y); a single point shows as a dot.

    Points above the axis of the values are left out.
    """
    shown = [f"{x.at(left)} {y.at(value)}" for left, value in points if value <= y.high]
    return f"M{'L'.join(shown)}h0" if shown else ""


def dot(left: float, value: float, x: Axis, y: Axis) -> str:
    """Return the path of a dot, which the width of its line makes visible."""
    return through([(left, value)], x, y)


def rule(value: float, x: Axis, y: Axis) -> str:
    """Return the path of a line at one value from end to end."""
    return f"M{x.start} {y.at(value)}H{x.end}"


def band(losses: LossCurve, x: Axis, y: Axis) -> str:
    """Return the path of a bar from the lowest to the highest loss of each bucket."""
    path = ""
    for i, (low, high) in enumerate(zip(losses.low, losses.high, strict=True)):
        left, right = i * losses.bucket, min((i + 1) * losses.bucket, losses.steps)
        path += f"M{x.at(left)} {y.at(high)}H{x.at(right)}V{y.at(low)}H{x.at(left)}Z"
    return path
