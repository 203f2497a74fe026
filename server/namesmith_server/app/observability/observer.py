"""The observer of calls: each has an id, is counted, and may have a line in the log and a span."""

import time
from typing import NamedTuple, Protocol

from namesmith_server.app.observability.access_log import AccessLog
from namesmith_server.app.observability.call_counts import CallCounts, MethodCounts
from namesmith_server.app.observability.request_id import stamp
from namesmith_server.grpc import CallRecord, Context


class Tracer(Protocol):
    """A maker of spans."""

    def begin(self, record: CallRecord, context: Context, request_id: str) -> object:
        """Begin the span of a call."""

    def end(self, record: CallRecord, span: object) -> None:
        """End the span of a call."""


class Mark(NamedTuple):
    """What the observer knows of a call in progress.

    Attributes:
        began: monotonic time of the arrival, seconds.
        context: gRPC's context of the call.
        request_id: id of the call.
        counts: counts of the method.
        span: span of the call; None without a tracer.
    """

    began: float
    context: Context
    request_id: str
    counts: MethodCounts
    span: object


class CallObserver:
    """Watches every call of a process."""

    def __init__(
        self, counts: CallCounts, access_log: AccessLog, tracer: Tracer | None = None
    ) -> None:
        """Set the counts, the access log, and the tracer; None: no spans."""
        self._counts = counts
        self._access_log = access_log
        self._tracer = tracer

    def begin(self, record: CallRecord, context: Context) -> Mark:
        """Note the arrival of a call."""
        request_id = stamp(context)
        counts, tracer = self._counts.begin(record), self._tracer
        span = None if tracer is None else tracer.begin(record, context, request_id)
        return Mark(time.perf_counter(), context, request_id, counts, span)

    def end(self, record: CallRecord, mark: object) -> None:
        """Note the end of a call."""
        assert isinstance(mark, Mark)  # noqa: S101 - of ``begin``
        began, context, request_id, counts, span = mark
        seconds = time.perf_counter() - began
        self._counts.end(counts, record, seconds)
        self._access_log.end(record, context, request_id, seconds)
        if self._tracer is not None:
            self._tracer.end(record, span)
