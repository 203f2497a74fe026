"""Samples in the text formats of Prometheus and OpenMetrics."""

from collections.abc import Iterator
from itertools import accumulate

from prometheus_client.exposition import choose_encoder
from prometheus_client.metrics_core import Metric as Family
from prometheus_client.registry import Collector, CollectorRegistry

from namesmith_server.app.observability.metric import METRICS, Metric
from namesmith_server.app.observability.samples import Labels, Samples, Value


def exposed(samples: Samples, accept: str) -> tuple[bytes, str]:
    """Return samples as text, and its content type, in the format that a scraper accepts.

    Args:
        samples: samples of a server.
        accept: header of the scraper's request.
    """
    registry = CollectorRegistry(auto_describe=False)
    registry.register(_Collector(samples))
    encode, content_type = choose_encoder(accept)
    return encode(registry), content_type


class _Collector(Collector):
    """Samples as prometheus_client takes them."""

    def __init__(self, samples: Samples) -> None:
        self._samples = samples

    def describe(self) -> list[Family]:
        """Return nothing: the registry is made for one answer."""
        return []

    def collect(self) -> Iterator[Family]:
        """Yield each metric that has samples."""
        for metric in METRICS:
            if values := self._samples.get(metric.name):
                family = _family(metric)
                for labels, value in values.items():
                    _add(family, metric, labels, value)
                yield family


def _family(metric: Metric) -> Family:
    return Family(metric.name.removesuffix("_total"), metric.help, metric.kind)


def _add(family: Family, metric: Metric, values: Labels, value: Value) -> None:
    """Add a sample to a metric; the buckets of a histogram count everything below their bounds."""
    labels = dict(zip(metric.labels, values, strict=True))
    if not isinstance(value, list):
        family.add_sample(metric.name, labels, value)
        return
    *counts, total = value
    for bound, count in zip((*metric.bounds, "+Inf"), accumulate(counts), strict=True):
        family.add_sample(f"{metric.name}_bucket", {**labels, "le": str(bound)}, count)
    family.add_sample(f"{metric.name}_count", labels, sum(counts))
    family.add_sample(f"{metric.name}_sum", labels, total)
