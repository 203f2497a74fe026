"""Counts of calls, kept as plain numbers.

A call that has ended costs an entry in a list; the entries are counted many at a time, by code that
is warm in the processor's caches then.
"""

from bisect import bisect_left
from collections import defaultdict, deque
from collections.abc import Hashable
from threading import Lock
from typing import TypeVar

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.access_log import UNREFUSED
from namesmith_server.app.observability.samples import Samples
from namesmith_server.grpc import CallRecord, Method

UNCOUNTED = 256
"""Number of calls that have ended and are counted together."""

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
        self._ended: deque[CallRecord] = deque()
        self._counting = Lock()  # of all but ``_started`` and the calls that have ended

    def begin(self, record: CallRecord) -> None:
        """Count a call that begins."""
        self._started[record.method] += 1

    def end(self, record: CallRecord) -> None:
        """Count a call that has ended, sooner or later."""
        self._ended.append(record)
        if len(self._ended) >= UNCOUNTED:
            self._count()

    def totals(self) -> tuple[int, int]:
        """Return the number of calls that have ended, and how many of them failed."""
        self._count()
        with self._counting:
            codes = [(code, n) for one in self._methods.values() for code, n in one.codes.items()]
        ended = sum(count for _, count in codes)
        return ended, ended - sum(count for code, count in codes if code in UNREFUSED)

    def read(self) -> Samples:
        """Return the samples of this moment."""
        self._count()
        with self._counting:
            return {
                metric.STARTED.name: dict(self._started.items()),
                metric.HANDLED.name: {
                    (*method, code): count
                    for method, one in self._methods.items()
                    for code, count in one.codes.items()
                },
                metric.HANDLING.name: {
                    method: [*one.buckets, one.seconds] for method, one in self._methods.items()
                },
                metric.GENERATED.name: {
                    (model, str(version) if version else metric.OTHER): count
                    for (model, version), count in self._names.items()
                },
                metric.REFUSALS.name: dict(self._refusals.items()),
                metric.CALLER_CALLS.name: dict(self._callers.items()),
            }

    def _count(self) -> None:
        """Count the calls that have ended by now."""
        with self._counting:
            for _ in range(len(self._ended)):
                self._count_one(self._ended.popleft())

    def _count_one(self, record: CallRecord) -> None:
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


def _add(counts: dict[Key, int], key: Key, other: Key, count: int, most: int) -> None:
    """Add to the count of a key, or of another key where too many are counted already."""
    if key not in counts and len(counts) >= most:
        key = other
    counts[key] = counts.get(key, 0) + count
