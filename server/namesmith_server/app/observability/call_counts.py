"""Counts of calls, kept as plain numbers: a call costs some microseconds."""

from bisect import bisect_left
from collections import defaultdict
from collections.abc import Hashable
from typing import TypeVar

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.access_log import UNREFUSED
from namesmith_server.app.observability.samples import Samples
from namesmith_server.grpc import CallRecord, Method

BUCKETS = metric.SECONDS

Key = TypeVar("Key", bound=Hashable)


class MethodCounts:
    """Counts of the calls of one method that have ended.

    Attributes:
        codes: number of the calls, by the name of their code.
        buckets: number of the calls, by their duration.
        seconds: duration of all of them.
    """

    __slots__ = ("buckets", "codes", "seconds")

    def __init__(self) -> None:
        self.codes: dict[str, int] = defaultdict(int)
        self.buckets = [0] * (len(BUCKETS) + 1)
        self.seconds = 0.0


class CallCounts:
    """Counts of the calls of one process; its event loop counts, any thread reads."""

    def __init__(self) -> None:
        self._started: dict[Method, int] = defaultdict(int)
        self._methods: dict[Method, MethodCounts] = defaultdict(MethodCounts)
        self._names: dict[tuple[str, int], int] = {}  # version 0: the others
        self._refusals: dict[tuple[str], int] = {}
        self._callers: dict[tuple[str], int] = {}

    def begin(self, record: CallRecord) -> None:
        """Count a call that begins."""
        self._started[record.method] += 1

    def end(self, record: CallRecord) -> None:
        """Count a call that has ended."""
        counts = self._methods[record.method]
        counts.codes[record.code] += 1
        counts.buckets[bisect_left(BUCKETS, record.seconds)] += 1
        counts.seconds += record.seconds
        if record.names:
            key, other = (record.model, record.version), (record.model, 0)
            _add(self._names, key, other, record.names, metric.GENERATED.most)
        if record.reason:
            _add(self._refusals, (record.reason,), (metric.OTHER,), 1, metric.REFUSALS.most)
        if record.caller:
            _add(self._callers, (record.caller,), (metric.OTHER,), 1, metric.CALLER_CALLS.most)

    def totals(self) -> tuple[int, int]:
        """Return the number of calls that have ended, and how many of them failed."""
        codes = [one for each in list(self._methods.values()) for one in list(each.codes.items())]
        ended = sum(count for _, count in codes)
        return ended, ended - sum(count for code, count in codes if code in UNREFUSED)

    def read(self) -> Samples:
        """Return the samples of this moment."""
        methods = list(self._methods.items())
        return {
            metric.STARTED.name: dict(list(self._started.items())),
            metric.HANDLED.name: {
                (*method, code): count
                for method, one in methods
                for code, count in list(one.codes.items())
            },
            metric.HANDLING.name: {method: [*one.buckets, one.seconds] for method, one in methods},
            metric.GENERATED.name: {
                (model, str(version) if version else metric.OTHER): count
                for (model, version), count in list(self._names.items())
            },
            metric.REFUSALS.name: dict(list(self._refusals.items())),
            metric.CALLER_CALLS.name: dict(list(self._callers.items())),
        }


def _add(counts: dict[Key, int], key: Key, other: Key, count: int, most: int) -> None:
    """Add to the count of a key, or of another key where too many are counted already."""
    if key not in counts and len(counts) >= most:
        key = other
    counts[key] = counts.get(key, 0) + count
