"""Clients in a service that OpenTelemetry traces, by its own instrumentation of gRPC."""

import asyncio
from collections.abc import Iterator

import pytest
from opentelemetry import trace
from opentelemetry.instrumentation.grpc import (
    GrpcAioInstrumentorClient,
    GrpcInstrumentorClient,
)
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import SimpleSpanProcessor
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

from namesmith_client import AsyncClient, Client, Health, InvalidArgumentError, NotFoundError

METHODS = {
    "/namesmith.v1.NameService/GenerateNames",
    "/namesmith.v1.NameService/StreamNames",
    "/namesmith.v1.NameService/EvaluateNames",
    "/grpc.health.v1.Health/Check",
}
"""Methods of which a span ends with the call; that of a watch ends when its generator is freed."""


@pytest.fixture
def spans(monkeypatch: pytest.MonkeyPatch) -> Iterator[InMemorySpanExporter]:
    """Instrument gRPC's clients, and provide the spans that end."""
    exporter, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(exporter))
    monkeypatch.setattr(trace, "_TRACER_PROVIDER", provider)  # the blocking one knows no other
    instrumentors = GrpcInstrumentorClient(), GrpcAioInstrumentorClient()
    for one in instrumentors:
        one.instrument()
    yield exporter
    for one in instrumentors:
        one.uninstrument()


def test_a_traced_client_makes_every_kind_of_call(server: str, spans: InMemorySpanExporter) -> None:
    """Unary calls, streams read to their end and closed early, uploads and waits have spans."""
    with Client(server, token="unused") as client:
        client.wait_ready()
        assert client.health() is Health.SERVING
        assert len(client.generate(3, seed=1).names) == 3
        with client.stream(10**6) as stream:
            assert next(iter(stream))
        assert len(list(client.stream(5))) == 5
        assert client.evaluate_names(["anna"] * 20_000).names == 20_000
        for _ in range(5):
            with pytest.raises(InvalidArgumentError):
                client.evaluate_names(["anna"] * 20_000 + ["a3"] * 9_000)
        with pytest.raises(NotFoundError):
            list(client.stream(1, model="absent"))
    assert {one.name for one in spans.get_finished_spans()} >= METHODS


async def test_a_traced_async_client_makes_every_kind_of_call(
    server: str, spans: InMemorySpanExporter
) -> None:
    """Unary calls, streams read to their end and closed early, uploads and waits have spans."""
    async with asyncio.timeout(60), AsyncClient(server, token="unused") as client:
        await client.wait_ready()
        assert await client.health() is Health.SERVING
        assert len((await client.generate(3, seed=1)).names) == 3
        async with client.stream(10**6) as stream:
            assert await anext(aiter(stream))
        assert len([name async for name in client.stream(5)]) == 5
        assert (await client.evaluate_names(["anna"] * 20_000)).names == 20_000
        for _ in range(5):
            with pytest.raises(InvalidArgumentError):
                await client.evaluate_names(["anna"] * 20_000 + ["a3"] * 9_000)
        with pytest.raises(NotFoundError):
            _ = [name async for name in client.stream(1, model="absent")]
    assert {one.name for one in spans.get_finished_spans()} >= METHODS
