"""Counts of calls, kept as plain numbers: a call costs less than a microsecond."""

from bisect import bisect_left
from collections.abc import Hashable
from typing import TypeVar

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.access_log import UNREFUSED
from namesmith_server.app.observability.samples import Samples
from namesmith_server.grpc import CallRecord

Key = TypeVar("Key", bound=Hashable)


class MethodCounts:
    """Counts of the calls of one method.

    Attributes:
        started: number of calls that have begun.
        codes: number of calls that have ended, by the name of their code.
        buckets: number of calls that have ended, by their duration.
        seconds: duration of all calls that have ended.
    """

    __slots__ = ("buckets", "codes", "seconds", "started")

    def __init__(self) -> None:
        self.started = 0
        self.codes: dict[str, int] = {}
        self.buckets = [0] * (len(metric.SECONDS) + 1)
        self.seconds = 0.0


class CallCounts:
    """Counts of the calls of one process; its event loop counts, any thread reads."""

    def __init__(self) -> None:
        self._methods: dict[tuple[str, str, str], MethodCounts] = {}
        self._names: dict[tuple[str, int], int] = {}  # version 0: the others
        self._refusals: dict[tuple[str], int] = {}
        self._callers: dict[tuple[str], int] = {}

    def begin(self, record: CallRecord) -> MethodCounts:
        """Count a call that begins; return the counts of its method."""
        key = record.kind, record.service, record.method
        counts = self._methods.get(key)
        if counts is None:
            counts = self._methods[key] = MethodCounts()
        counts.started += 1
        return counts

    def end(self, counts: MethodCounts, record: CallRecord, seconds: float) -> None:
        """Count a call that has ended."""
        codes, code = counts.codes, record.code
        codes[code] = codes.get(code, 0) + 1
        counts.buckets[bisect_left(metric.SECONDS, seconds)] += 1
        counts.seconds += seconds
        if record.names:
            names, key = self._names, (record.model, record.version)
            if key in names:
                names[key] += record.names
            else:
                _add(names, key, (record.model, 0), record.names, metric.GENERATED.most)
        if record.reason:
            _add(self._refusals, (record.reason,), (metric.OTHER,), 1, metric.REFUSALS.most)
        if record.caller:
            _add(self._callers, (record.caller,), (metric.OTHER,), 1, metric.CALLER_CALLS.most)

    def totals(self) -> tuple[int, int]:
        """Return the number of calls that have ended, and how many of them failed."""
        codes = [list(one.codes.items()) for one in list(self._methods.values())]
        ended = sum(count for each in codes for _, count in each)
        answered = sum(count for each in codes for code, count in each if code in UNREFUSED)
        return ended, ended - answered

    def read(self) -> Samples:
        """Return the samples of this moment."""
        methods = list(self._methods.items())
        return {
            metric.STARTED.name: {key: one.started for key, one in methods},
            metric.HANDLED.name: {
                (*key, code): count
                for key, one in methods
                for code, count in list(one.codes.items())
            },
            metric.HANDLING.name: {key: [*one.buckets, one.seconds] for key, one in methods},
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
