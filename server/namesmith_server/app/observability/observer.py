"""The observer of calls: each has an id, is counted, and may have a line in the log and a span."""

from time import perf_counter
from typing import Protocol, cast

from namesmith_server.app.observability.access_log import AccessLog
from namesmith_server.app.observability.call_counts import CallCounts, MethodCounts
from namesmith_server.app.observability.load_report import LoadReport
from namesmith_server.app.observability.request_id import stamp
from namesmith_server.grpc import CallRecord, Context


class Tracer(Protocol):
    """A maker of spans."""

    def begin(self, record: CallRecord, context: Context, request_id: str) -> object:
        """Begin the span of a call."""

    def end(self, record: CallRecord, span: object) -> None:
        """End the span of a call."""


Mark = tuple[float, Context, str, MethodCounts, object]
"""Monotonic time of a call's arrival in seconds, its context, its id, the counts of its method, and
its span; None without a tracer. A class for these would take a third of the observer's time."""


class CallObserver:
    """Watches every call of a process."""

    def __init__(
        self,
        counts: CallCounts,
        access_log: AccessLog,
        load_report: LoadReport | None = None,
        tracer: Tracer | None = None,
    ) -> None:
        """Set the parts of the observer.

        Args:
            counts: counts of the calls.
            access_log: log of the calls.
            load_report: load that some answers tell; None: no answer does.
            tracer: maker of spans; None: no spans.
        """
        self._load_report = load_report
        self._counts = counts
        self._access_log = access_log
        self._tracer = tracer

    def begin(self, record: CallRecord, context: Context) -> Mark:
        """Note the arrival of a call."""
        report = self._load_report
        request_id = stamp(context) if report is None else stamp(context, report.entries())
        counts, tracer = self._counts.begin(record), self._tracer
        span = None if tracer is None else tracer.begin(record, context, request_id)
        return perf_counter(), context, request_id, counts, span

    def end(self, record: CallRecord, mark: object) -> None:
        """Note the end of a call."""
        began, context, request_id, counts, span = cast("Mark", mark)
        seconds = perf_counter() - began
        self._counts.end(counts, record, seconds)
        self._access_log.end(record, context, request_id, seconds)
        if self._tracer is not None:
            self._tracer.end(record, span)
