"""The observer of calls: each has an id, is counted, and may have a line in the log and a span."""

from time import perf_counter
from typing import Protocol

from namesmith_server.app.observability.access_log import AccessLog
from namesmith_server.app.observability.call_counts import CallCounts
from namesmith_server.app.observability.load_report import LoadReport
from namesmith_server.app.observability.request_id import stamp
from namesmith_server.grpc import CallRecord, Context


class Tracer(Protocol):
    """A maker of spans."""

    def begin(self, record: CallRecord, context: Context) -> None:
        """Begin the span of a call."""

    def end(self, record: CallRecord) -> None:
        """End the span of a call."""


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

    def begin(self, record: CallRecord, context: Context) -> None:
        """Note the arrival of a call."""
        report = self._load_report
        record.request_id = stamp(context, () if report is None else report.entries())
        self._counts.begin(record)
        if self._tracer is not None:
            self._tracer.begin(record, context)
        record.began = perf_counter()

    def end(self, record: CallRecord, context: Context) -> None:
        """Note the end of a call."""
        record.seconds = perf_counter() - record.began
        self._counts.end(record)
        self._access_log.end(record, context)
        if self._tracer is not None:
            self._tracer.end(record)
