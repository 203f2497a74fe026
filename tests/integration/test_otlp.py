"""Spans and metrics by OTLP, as a collector receives them."""

import signal
import socket
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import grpc
import pytest
from opentelemetry.proto.collector.metrics.v1 import metrics_service_pb2, metrics_service_pb2_grpc
from opentelemetry.proto.collector.trace.v1 import trace_service_pb2, trace_service_pb2_grpc

from namesmith_client import Client
from processes import refused, running

BOUND = 20
"""Seconds within which a server ends, most of them for a busy machine."""


@dataclass
class Collector(
    trace_service_pb2_grpc.TraceServiceServicer, metrics_service_pb2_grpc.MetricsServiceServicer
):
    """A collector that keeps what it is sent.

    Attributes:
        spans: spans by their names.
        metrics: metrics by their names.
        resource: attributes of the resource of the spans.
    """

    spans: dict[str, Any] = field(default_factory=dict)
    metrics: dict[str, Any] = field(default_factory=dict)
    resource: dict[str, str] = field(default_factory=dict)

    def Export(self, request: Any, _context: object) -> Any:  # noqa: N802 - gRPC's name
        """Keep spans or metrics."""
        if isinstance(request, metrics_service_pb2.ExportMetricsServiceRequest):
            for scope in request.resource_metrics[0].scope_metrics:
                self.metrics.update({one.name: one for one in scope.metrics})
            return metrics_service_pb2.ExportMetricsServiceResponse()
        for part in request.resource_spans:
            self.resource = {one.key: one.value.string_value for one in part.resource.attributes}
            self.spans.update({one.name: one for scope in part.scope_spans for one in scope.spans})
        return trace_service_pb2.ExportTraceServiceResponse()


@contextmanager
def collecting() -> Iterator[tuple[Collector, str]]:
    """Provide a collector and its URL."""
    server = grpc.server(ThreadPoolExecutor(2))
    collector = Collector()
    trace_service_pb2_grpc.add_TraceServiceServicer_to_server(collector, server)
    metrics_service_pb2_grpc.add_MetricsServiceServicer_to_server(collector, server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    yield collector, f"http://127.0.0.1:{port}"
    server.stop(None)


def test_spans_and_metrics_reach_the_collector_before_the_server_ends() -> None:
    """The span of a call belongs to the caller's trace; metrics count the call."""
    trace, parent = "0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331"
    with collecting() as (collector, url), running("--otlp-endpoint", url) as server:
        with grpc.insecure_channel(server.address) as channel:
            method = channel.unary_unary("/namesmith.v1.NameService/GenerateNames")
            metadata = (("traceparent", f"00-{trace}-{parent}-01"), ("x-request-id", "mine"))
            method(b"\x10\x03", metadata=metadata, timeout=30)
        server.process.send_signal(signal.SIGTERM)
        assert server.process.wait(BOUND) == 0
    span = collector.spans["namesmith.v1.NameService/GenerateNames"]
    assert span.trace_id.hex() == trace
    assert span.parent_span_id.hex() == parent
    attributes = {one.key: one.value for one in span.attributes}
    assert attributes["rpc.method"].string_value == "GenerateNames"
    assert attributes["rpc.grpc.status_code"].int_value == 0
    assert attributes["namesmith.model"].string_value == "us-names"
    assert attributes["namesmith.request_id"].string_value == "mine"
    assert collector.resource["service.name"] == "namesmith"
    (point,) = collector.metrics["grpc_server_handled"].sum.data_points
    assert point.as_double + point.as_int == 1
    (point,) = collector.metrics["grpc_server_handling_seconds"].histogram.data_points
    assert point.count == sum(point.bucket_counts) == 1


@pytest.mark.parametrize("kind", ["nobody listens", "never answers"])
def test_a_collector_that_is_away_stalls_nothing(kind: str) -> None:
    """Calls are answered, the log has a line or two, SIGTERM ends the server with 0 soon."""
    with silent_port() as silent:
        port = 1 if kind == "nobody listens" else silent
        with running("--otlp-endpoint", f"http://127.0.0.1:{port}") as server:
            with Client(server.address) as client:
                for _ in range(600):
                    client.generate(1)
            began = time.monotonic()
            server.process.send_signal(signal.SIGTERM)
            lines = list(server.events())
            assert server.process.wait(BOUND) == 0
            assert time.monotonic() - began < BOUND
        told = [line for line in lines if line["logger"].startswith("opentelemetry")]
        assert len(told) <= 2, told


@contextmanager
def silent_port() -> Iterator[int]:
    """Provide the port of a listener that accepts connections and never says a word."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        yield listener.getsockname()[1]


@pytest.mark.parametrize("endpoint", ["collector", "ftp://x:1", "http://", "http://x:99999"])
def test_an_endpoint_that_is_no_url_is_one_line(endpoint: str) -> None:
    """The line names the option and the value; the status is 1."""
    ended = refused("--otlp-endpoint", endpoint)
    assert ended.returncode == 1
    told = f"namesmith-server: --otlp-endpoint '{endpoint}': is not http://HOST:PORT or"
    assert ended.stderr.splitlines()[-1].startswith(told)


def test_a_missing_extra_is_one_line() -> None:
    """The line names the extra."""
    hide = "import sys; sys.modules['opentelemetry'] = None; "
    start = "from namesmith_server.app.main import main; main()"
    python = (sys.executable, "-c", hide + start)
    ended = refused("--otlp-endpoint", "http://127.0.0.1:4317", program=python)
    assert ended.returncode == 1
    assert ended.stderr.splitlines()[-1].endswith("install namesmith[server,otel]")
