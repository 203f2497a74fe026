"""The bound on the labels that are told apart, whatever the callers are named and workers die."""

from namesmith_server.app.observability.metric import METRICS, OTHER, Metric
from namesmith_server.app.observability.samples import Labels, Samples, Value


class Cardinality:
    """The labels that are told apart: the first that came, for as long as the server runs.

    So no series falls, or moves into the one of the others, whichever workers live.
    """

    def __init__(self) -> None:
        self._apart: dict[str, set[Labels]] = {}

    def bounded(self, samples: Samples) -> Samples:
        """Return samples in which labels beyond the bounds of their metrics are ``OTHER``."""
        bounded = {one.name: self._bounded(one, samples) for one in METRICS if one.most}
        return {**samples, **{name: values for name, values in bounded.items() if values}}

    def _bounded(self, metric: Metric, samples: Samples) -> dict[Labels, Value]:
        apart = self._apart.setdefault(metric.name, set())
        sums: dict[Labels, float] = {}
        for labels, value in samples.get(metric.name, {}).items():
            others = (*labels[:-1], OTHER)
            if labels != others and len(apart) < metric.most:
                apart.add(labels)
            key = labels if labels in apart else others
            assert not isinstance(value, list)  # noqa: S101 - histograms have no bound
            sums[key] = sums.get(key, 0) + value
        return dict(sums)
