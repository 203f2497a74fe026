"""Samples: the values of metrics at one moment, as plain data that another process may hold.

The samples of a server with workers are the sum of its processes' samples. A worker that has ended
leaves its counters and histograms behind, so that no sum ever falls.
"""

from collections.abc import Iterable

from namesmith_server.app.observability.metric import METRICS, Metric

Labels = tuple[str, ...]
"""Values of a metric's labels, in the order of their names."""

Value = float | list[float]
"""A value; of a histogram the calls in each bucket, the bucket without an upper bound, the sum."""

Samples = dict[str, dict[Labels, Value]]
"""Values by the name of the metric and the values of its labels."""


def merged(parts: Iterable[Samples]) -> Samples:
    """Return the samples of several processes together."""
    parts = list(parts)
    return {
        metric.name: joined
        for metric in METRICS
        if (joined := _joined(metric, [part[metric.name] for part in parts if metric.name in part]))
    }


def lasting(samples: Samples) -> Samples:
    """Return the samples that outlive their process: counters and histograms."""
    lasting = {metric.name for metric in METRICS if metric.kind != "gauge"}
    return {name: values for name, values in samples.items() if name in lasting}


def _joined(metric: Metric, parts: list[dict[Labels, Value]]) -> dict[Labels, Value]:
    """Return the values of one metric in several processes together."""
    labels = dict.fromkeys(labels for part in parts for labels in part)
    return {one: _sum(metric, [part[one] for part in parts if one in part]) for one in labels}


def _sum(metric: Metric, values: list[Value]) -> Value:
    """Return the values of one sample in several processes together."""
    if metric.kind == "histogram":
        rows = [value for value in values if isinstance(value, list)]
        return [sum(column) for column in zip(*rows, strict=True)]
    numbers = [value for value in values if not isinstance(value, list)]
    return metric.joined(numbers) if metric.kind == "gauge" else sum(numbers)
