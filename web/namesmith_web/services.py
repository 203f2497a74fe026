"""The services, each method an endpoint that hands its messages on.

Messages pass through unchanged: what a method takes and answers is read from the descriptors of the
.proto files, so that a new method needs no line here.
"""

from collections.abc import AsyncIterator, Iterator
from typing import Any

import grpc
from connectrpc.compat import google_protobuf_binary_codec
from connectrpc.method import IdempotencyLevel, MethodInfo, StreamType
from connectrpc.request import RequestContext
from connectrpc.server import ConnectASGIApplication, Endpoint
from google.protobuf.message_factory import GetMessageClass
from grpc_health.v1 import health_pb2

from namesmith.v1 import models_pb2, names_pb2, server_pb2
from namesmith_web.codec import JsonCodec
from namesmith_web.status import connect_error, retry_seconds
from namesmith_web.upstream import Upstream

SERVICES = (
    names_pb2.DESCRIPTOR.services_by_name["NameService"],
    models_pb2.DESCRIPTOR.services_by_name["ModelService"],
    server_pb2.DESCRIPTOR.services_by_name["ServerService"],
    health_pb2.DESCRIPTOR.services_by_name["Health"],
)
"""The services that are handed on: never the administration."""

PATHS = frozenset(
    f"/{service.full_name}/{method.name}" for service in SERVICES for method in service.methods
)
"""The paths of all methods."""

SENT_STREAMS = frozenset(
    f"/{service.full_name}/{method.name}"
    for service in SERVICES
    for method in service.methods
    if method.client_streaming
)
"""The paths of the methods that take a stream."""

INSTEAD = {
    "StreamNames": "GenerateNames",
    "EvaluateNames": "ScoreNames",
    "Watch": "Check",
}
"""Methods without a stream for people at a shell, by the method with one."""

STREAMS = {
    f"/{service.full_name}/{method.name}": f"; {method.name} is a stream, docs/web.md calls it by"
    f" curl; without a stream there is {INSTEAD[method.name]}"
    for service in SERVICES
    for method in service.methods
    if method.client_streaming or method.server_streaming
}
"""Words for a caller without streams, by the path of each method that takes or answers one."""

STREAM_TYPES = {
    (False, False): StreamType.UNARY,
    (False, True): StreamType.SERVER_STREAM,
    (True, False): StreamType.CLIENT_STREAM,
}
"""Stream type of a method whose requests, and whose responses, are or are not a stream."""

Context = RequestContext[Any, Any]


class Services(ConnectASGIApplication[Upstream]):
    """The services as an ASGI application: Connect, gRPC-Web, and JSON by POST.

    Args:
        upstream: the gRPC server.
        max_request_bytes: size in bytes of the largest message, decompressed.
    """

    def __init__(self, upstream: Upstream, max_request_bytes: int) -> None:
        super().__init__(
            service=upstream,
            endpoints=lambda one: dict(_endpoints(one)),
            read_max_bytes=max_request_bytes,
            codecs=[google_protobuf_binary_codec(), JsonCodec()],
        )

    @property
    def path(self) -> str:
        """The prefix of the paths."""
        return "/"


class Method:
    """A method of the gRPC server, called for a request over HTTP.

    Args:
        upstream: the gRPC server.
        descriptor: the method's MethodDescriptor.
    """

    def __init__(
        self,
        upstream: Upstream,
        descriptor: Any,  # noqa: ANN401 - of either implementation of protobuf
    ) -> None:
        self.info = info_of(descriptor)
        self.path = f"/{self.info.service_name}/{self.info.name}"
        kind = "_".join(
            "stream" if one else "unary"
            for one in (descriptor.client_streaming, descriptor.server_streaming)
        )
        self._rpc: Any = getattr(upstream.client.channel, kind)(
            self.path,
            request_serializer=self.info.input.SerializeToString,
            response_deserializer=self.info.output.FromString,
        )
        self._upstream = upstream

    @property
    def endpoint(self) -> Any:  # noqa: ANN401 - one of connectrpc's four kinds
        """The endpoint that makes the calls."""
        if self.info.stream_type is StreamType.UNARY:
            return Endpoint.unary(self.info, self._answer)
        if self.info.stream_type is StreamType.SERVER_STREAM:
            return Endpoint.server_stream(self.info, self._answers)
        return Endpoint.client_stream(self.info, self._answer)

    async def _answer(self, request: Any, context: Context) -> Any:  # noqa: ANN401 - any message
        call = self._call(request, context)
        try:
            answer = await call
        except grpc.aio.AioRpcError as failure:
            raise _told(failure, context) from None
        _answer_request_id(context, await call.trailing_metadata())
        return answer

    async def _answers(self, request: Any, context: Context) -> AsyncIterator[Any]:  # noqa: ANN401
        call = self._call(request, context)
        try:
            async for answer in call:
                yield answer
        except grpc.aio.AioRpcError as failure:
            raise _told(failure, context) from None
        finally:
            call.cancel()  # of a reader who has gone

    def _call(self, request: Any, context: Context) -> Any:  # noqa: ANN401 - gRPC's, of any kind
        asked, timeout = context.timeout_ms, self._upstream.timeout
        return self._rpc(
            request,
            timeout=timeout if asked is None else min(timeout, asked / 1000),
            metadata=self._upstream.metadata(context.request_headers),
        )


def info_of(descriptor: Any) -> MethodInfo[Any, Any]:  # noqa: ANN401 - as above
    """Return Connect's view of a method, from its MethodDescriptor."""
    return MethodInfo(
        name=descriptor.name,
        service_name=descriptor.containing_service.full_name,
        input=GetMessageClass(descriptor.input_type),
        output=GetMessageClass(descriptor.output_type),
        idempotency_level=IdempotencyLevel.UNKNOWN,
        stream_type=STREAM_TYPES[descriptor.client_streaming, descriptor.server_streaming],
    )


def _endpoints(upstream: Upstream) -> Iterator[tuple[str, Any]]:
    for service in SERVICES:
        for descriptor in service.methods:
            method = Method(upstream, descriptor)
            yield method.path, method.endpoint


def _told(failure: grpc.aio.AioRpcError, context: Context) -> Exception:
    """Return the error that the caller is told, and say when to try again."""
    _answer_request_id(context, failure.trailing_metadata())
    seconds = retry_seconds(failure)
    if seconds is not None:
        context.response_headers["retry-after"] = str(seconds)
    return connect_error(failure)


def _answer_request_id(context: Context, metadata: Any) -> None:  # noqa: ANN401 - gRPC's
    for name, value in metadata or ():
        if name == "x-request-id":
            context.response_headers[name] = value
