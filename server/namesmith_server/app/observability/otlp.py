"""Spans and metrics for an OpenTelemetry collector, by OTLP: needs the extra ``otel``.

gRPC's own instrumentation for Python wraps handlers of one request in interceptors, which the
edge's handlers are not; the observer of calls makes the spans instead. The caller's trace goes on
in the span of a call (W3C ``traceparent``). The SDK's own variables (``OTEL_TRACES_SAMPLER``,
``OTEL_RESOURCE_ATTRIBUTES``, ``OTEL_EXPORTER_OTLP_HEADERS`` and so on) hold.

A collector that does not answer costs spans, and never the time of a call.
"""

import logging
import os
import threading
import time
from collections.abc import Callable
from typing import Any, cast
from urllib.parse import urlsplit

import grpc

from namesmith.quoting import quoted
from namesmith.version import VERSION
from namesmith_server.app.errors import StartError
from namesmith_server.app.leaving import at_end
from namesmith_server.app.observability.metric import METRICS, Metric
from namesmith_server.app.observability.samples import Labels, Samples, Value
from namesmith_server.grpc import CallRecord, Context, metadata_of

try:
    from opentelemetry.exporter.otlp.proto.grpc.metric_exporter import OTLPMetricExporter
    from opentelemetry.exporter.otlp.proto.grpc.trace_exporter import OTLPSpanExporter
    from opentelemetry.sdk.metrics import export as otel
    from opentelemetry.sdk.resources import Resource
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import BatchSpanProcessor
    from opentelemetry.sdk.util.instrumentation import InstrumentationScope
    from opentelemetry.trace import Span, SpanKind, Status, StatusCode
    from opentelemetry.trace.propagation.tracecontext import TraceContextTextMapPropagator
except ModuleNotFoundError as error:
    raise StartError(
        f"--otlp-endpoint: {error.name} is not installed; install namesmith[server,otel]"
    ) from None

NAME = "namesmith"
"""Name of the service, unless ``OTEL_SERVICE_NAME`` says otherwise, and of its instruments."""

PERIOD = float(os.environ.get("OTEL_METRIC_EXPORT_INTERVAL") or 60_000) / 1_000
"""Seconds between two exports of metrics."""

EXPORT_SECONDS = 5
"""Seconds that one export may take."""

LAST_SECONDS = 2.0
"""Seconds that the last exports may hold up the end of the process."""

PAUSE = 60.0
"""Seconds between two lines of the log about exports that fail."""

FAILURES = ("UNKNOWN", "INTERNAL", "UNAVAILABLE", "DATA_LOSS", "UNIMPLEMENTED", "DEADLINE_EXCEEDED")
"""Codes of calls that are the server's failure, by OpenTelemetry's conventions."""

UNKNOWN = cast("float", None)
"""Least and largest value of a histogram, which nobody has kept; the SDK sends none."""

Read = Callable[[], Samples]


def begin_export(endpoint: str, read: Read) -> "SpanMaker":
    """Export spans and metrics until the process ends; return the maker of the calls' spans.

    Args:
        endpoint: URL of the collector; ``http`` stands for a connection without TLS.
        read: function that returns the samples of the moment.

    Raises:
        StartError: the endpoint is no URL.
    """
    _check(endpoint)
    for handler in logging.getLogger().handlers:
        handler.addFilter(SeldomFilter())
    resource = _resource()
    provider = TracerProvider(resource=resource, shutdown_on_exit=False)
    spans = OTLPSpanExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)
    provider.add_span_processor(BatchSpanProcessor(spans))
    exporter = OTLPMetricExporter(endpoint=endpoint, timeout=EXPORT_SECONDS)
    metrics = MetricExport(exporter, resource, read)
    at_end(lambda: _finish(provider.shutdown, metrics.export))
    return SpanMaker(provider)


class SpanMaker:
    """Makes a span for each call."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer(NAME, VERSION)
        self._propagator = TraceContextTextMapPropagator()

    def begin(self, record: CallRecord, context: Context) -> None:
        """Begin the span of a call, within the trace of its caller."""
        method = record.method
        carrier = {key: value for key, value in metadata_of(context) if isinstance(value, str)}
        record.span = self._tracer.start_span(
            f"{method.service}/{method.name}",
            self._propagator.extract(carrier),
            SpanKind.SERVER,
            {
                "rpc.system": "grpc",
                "rpc.service": method.service,
                "rpc.method": method.name,
                "namesmith.request_id": record.request_id,
            },
        )

    def end(self, record: CallRecord) -> None:
        """End the span of a call."""
        span = record.span
        assert isinstance(span, Span)  # noqa: S101 - of ``begin``
        span.set_attribute("rpc.grpc.status_code", grpc.StatusCode[record.code].value[0])
        if record.model:
            span.set_attribute("namesmith.model", record.model)
            span.set_attribute("namesmith.version", record.version)
            span.set_attribute("namesmith.names", record.names)
        if record.code in FAILURES:
            span.set_status(Status(StatusCode.ERROR, record.reason or record.code))
        span.end()


class MetricExport:
    """Exports the samples of the process, by a thread."""

    def __init__(self, exporter: OTLPMetricExporter, resource: Resource, read: Read) -> None:
        self._exporter = exporter
        self._resource = resource
        self._read = read
        self._start = time.time_ns()
        threading.Thread(target=self._run, name="otlp", daemon=True).start()

    def export(self) -> None:
        """Export the samples of this moment."""
        samples, now = self._read(), time.time_ns()
        metrics = [
            _metric(one, values, self._start, now)
            for one in METRICS
            if (values := samples.get(one.name))
        ]
        scope = otel.ScopeMetrics(InstrumentationScope(NAME, VERSION), metrics, "")
        self._exporter.export(otel.MetricsData([otel.ResourceMetrics(self._resource, [scope], "")]))

    def _run(self) -> None:
        while True:
            time.sleep(PERIOD)
            self.export()


def _metric(metric: Metric, values: dict[Labels, Value], start: int, now: int) -> otel.Metric:
    """Return the samples of a metric as OpenTelemetry's data."""
    points: list[Any] = [
        _point(metric, labels, value, start, now) for labels, value in values.items()
    ]
    summed = otel.AggregationTemporality.CUMULATIVE
    data: Any
    if metric.kind == "histogram":
        data = otel.Histogram(points, summed)
    elif metric.kind == "counter":
        data = otel.Sum(points, summed, is_monotonic=True)
    else:
        data = otel.Gauge(points)
    return otel.Metric(metric.name.removesuffix("_total"), metric.help, "", data)


def _point(metric: Metric, labels: Labels, value: Value, start: int, now: int) -> object:
    attributes = dict(zip(metric.labels, labels, strict=True))
    if not isinstance(value, list):
        return otel.NumberDataPoint(attributes, start, now, value)
    *counts, total = value
    numbers = [int(one) for one in counts]
    return otel.HistogramDataPoint(
        attributes, start, now, sum(numbers), total, numbers, metric.bounds, UNKNOWN, UNKNOWN
    )


def _finish(*acts: Callable[[], object]) -> None:
    """Export for the last time, within bounds."""
    threads = [threading.Thread(target=act, daemon=True) for act in acts]
    for thread in threads:
        thread.start()
    end = time.monotonic() + LAST_SECONDS
    for thread in threads:
        thread.join(max(0.0, end - time.monotonic()))


def _check(endpoint: str) -> None:
    """Refuse an endpoint that the SDK would take for something else."""
    try:
        parts = urlsplit(endpoint)
        fits = parts.scheme in {"http", "https"} and bool(parts.hostname) and parts.port != 0
    except ValueError:
        fits = False
    if not fits:
        raise StartError(
            f"--otlp-endpoint {quoted(endpoint)}: is not http://HOST:PORT or https://HOST:PORT"
        )


def _resource() -> Resource:
    """Return the description of this process."""
    instance = f"{os.uname().nodename}-{os.getpid()}"
    attributes = {"service.version": VERSION, "service.instance.id": instance}
    if "OTEL_SERVICE_NAME" not in os.environ:
        attributes["service.name"] = NAME
    return Resource.create(attributes)


class SeldomFilter(logging.Filter):
    """Lets one of the SDK's lines a minute through: a collector that is away fails every export."""

    def __init__(self) -> None:
        super().__init__()
        self._silent_until = 0.0  # monotonic time, seconds

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether a line is written."""
        if not record.name.startswith("opentelemetry"):
            return True
        now = time.monotonic()
        if now < self._silent_until:
            return False
        self._silent_until = now + PAUSE
        return True
