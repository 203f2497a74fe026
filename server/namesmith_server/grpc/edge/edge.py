"""The edge of every RPC: requests are taken in within bounds, and errors leave as statuses.

On the wire a call with one request looks like one with a stream of requests. Every method is given
to gRPC in its streaming form: gRPC calls the handler of such a method before the first message is
received, and not behind it, so that a call without room is refused before its message is there.
"""

import asyncio
import inspect
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from contextlib import aclosing
from functools import partial
from typing import Any

import grpc
from google.protobuf.message import Message

from namesmith.limits import MAX_MESSAGE_BYTES
from namesmith_server.engine import Admission
from namesmith_server.grpc.call_record import (
    CallRecord,
    Guard,
    Method,
    NoObserver,
    Observer,
    admit_all,
    begin_record,
)
from namesmith_server.grpc.cancellation import Context, RunningCalls
from namesmith_server.grpc.edge.ending import abort
from namesmith_server.grpc.edge.hold import Hold
from namesmith_server.grpc.edge.intake import UNCOUNTED_BYTES, Intake, IntakeOfMany
from namesmith_server.grpc.edge.patience import Patience
from namesmith_server.grpc.edge.unknown_methods import UnknownMethods
from namesmith_server.grpc.errors import StoppingError

HEALTH = "grpc.health.v1.Health"
"""The service whose calls have places of their own."""

URGENT = "Check"
"""Name of the health method whose calls overtake the calls that wait for a handler."""

DEFAULT_BUDGET = 64 << 20
"""Default number of bytes of requests in flight, as objects."""

LEAST_PLACES = 8
"""Least number of messages that are received at a time."""

STREAM_BYTES = 128 << 10
"""Number of bytes that a stream counts as a response: of a chunk that its client has not read."""

Behaviour = Callable[[Any, Context], Any]
NewRecord = Callable[[], CallRecord]


class Edge:
    """Adds services to a server; their handlers convert, delegate and convert, and raise errors.

    A handler gets a parsed message, or an iterator of them; it may return serialized responses.
    """

    def __init__(  # noqa: PLR0913 - the parts of an edge
        self,
        server: grpc.aio.Server,
        executor: Executor,
        budget: int = DEFAULT_BUDGET,
        *,
        guard: Guard = admit_all,
        observer: Observer | None = None,
        calls: RunningCalls | None = None,
    ) -> None:
        """Set the parts of the edge.

        Args:
            server: server that the services are added to.
            executor: thread that opens long messages, and converts them, one after the other.
            budget: number of bytes of requests in flight, decompressed and as objects, and of
                responses that their clients have not read, each; >= 1.
            guard: check of who calls, of every service but health.
            observer: watcher of every call; None: nobody watches.
            calls: calls in progress, which tell whether new ones are refused; None: they never are.
        """
        self._guard = guard
        self._calls = RunningCalls() if calls is None else calls
        self._observer = NoObserver() if observer is None else observer
        self._server = server
        self._executor = executor
        self._patience = Patience(max(budget // MAX_MESSAGE_BYTES, LEAST_PLACES), budget)
        self._health = Patience(LEAST_PLACES, budget)  # whatever other calls hold up
        self._requests = Admission(budget, "bytes of requests")
        self._responses = Admission(budget, "bytes of responses")

    def add_generic_rpc_handlers(self, handlers: object) -> None:
        """Do nothing: generated code calls ``add_registered_method_handlers`` next."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        """Add the methods of a service."""
        patience = self._health if service == HEALTH else self._patience
        streaming = {
            name: self._streaming(service, name, handler, patience)
            for name, handler in handlers.items()
        }
        generic = grpc.method_handlers_generic_handler(service, streaming)
        self._server.add_generic_rpc_handlers((generic,))
        if service == HEALTH:
            # The system hands over the calls of a registered method apart from all others, so that
            # they do not wait behind a burst.
            urgent = {URGENT: streaming[URGENT]}
            self._server.add_registered_method_handlers(service, urgent)

    def _streaming(self, service: str, name: str, handler: Any, patience: Patience) -> Any:  # noqa: ANN401 - gRPC's handlers
        """Return the form of a method's handler that takes a stream of requests."""
        record = partial(CallRecord, Method(_kind(handler), service, name))
        kind = IntakeOfMany if handler.request_streaming else Intake
        intake = kind(name, handler.request_deserializer, patience, self._executor)
        if handler.response_streaming:
            behaviour = handler.stream_stream or handler.unary_stream
            return grpc.stream_stream_rpc_method_handler(
                self._stream(record, behaviour, intake), response_serializer=_serialized
            )
        behaviour = handler.stream_unary or handler.unary_unary
        return grpc.stream_unary_rpc_method_handler(self._answer(record, behaviour, intake))

    def _answer(self, new_record: NewRecord, behaviour: Behaviour, intake: Intake) -> Behaviour:
        """Return the handler of a method with one response."""

        async def answer(_: object, context: Context) -> bytes:
            record, hold = new_record(), Hold(self._requests, context)
            begin_record(record)
            self._observer.begin(record, context)
            try:
                self._check(record, context)
                response = _serialized(await behaviour(await intake.take(context, hold), context))
                if len(response) > UNCOUNTED_BYTES:
                    self._count_unread(len(response), context)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
                hold.end()
                await abort(context, record, error, stops=self._calls.are_refused)
            else:
                return response
            finally:
                hold.end()
                self._observer.end(record, context)

        return answer

    def _stream(self, new_record: NewRecord, behaviour: Behaviour, intake: Intake) -> Behaviour:
        """Return the handler of a method with a stream of responses."""
        writes_itself = inspect.iscoroutinefunction(behaviour)

        async def stream(_: object, context: Context) -> None:
            record, hold = new_record(), Hold(self._requests, context)
            begin_record(record)
            self._observer.begin(record, context)
            try:
                self._check(record, context)
                message = await intake.take(context, hold)
                if writes_itself:
                    await behaviour(message, context)
                else:
                    self._count_unread(STREAM_BYTES, context)
                    await self._write_all(behaviour(message, context), context)
            except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
                hold.end()  # the status waits for a reader that may never come
                await abort(context, record, error, stops=self._calls.are_refused)
            finally:
                hold.end()
                self._observer.end(record, context)

        return stream

    def refuse_unknown_methods(self) -> None:
        """Refuse the calls of methods that were not added so far."""
        self._server.add_generic_rpc_handlers((UnknownMethods(self._observer),))

    def _check(self, record: CallRecord, context: Context) -> None:
        """Refuse a call of a server that stops, or one that the guard does not admit.

        Health is open to everyone, and its Check answers to the last.
        """
        if self._calls.are_refused and record.method.name != URGENT:
            raise StoppingError
        if record.method.service != HEALTH:
            record.caller = self._guard(record, context)

    async def _write_all(self, responses: AsyncGenerator[Any, None], context: Context) -> None:
        async with aclosing(responses):
            is_first = True
            async for response in responses:
                if is_first:  # sent with the first message, headers would stand in a status's way
                    await context.send_initial_metadata(())
                    is_first = False
                await self._patience.write(context, _serialized(response))

    def _count_unread(self, size: int, context: Context) -> None:
        """Count a response until the client has read it."""
        hold = Hold(self._responses, context)
        hold.begin(size)
        done: Any = lambda _: hold.end()  # noqa: E731 - gRPC's stub wants more of a callback
        context.add_done_callback(done)


def _kind(handler: Any) -> str:  # noqa: ANN401 - gRPC's handlers
    """Return the type of a method in the words of gRPC's metrics."""
    if handler.request_streaming:
        return "bidi_stream" if handler.response_streaming else "client_stream"
    return "server_stream" if handler.response_streaming else "unary"


def _serialized(response: Message | bytes) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()
