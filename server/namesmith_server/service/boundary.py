"""The edge of every RPC: what is raised inside leaves as a status, and nothing internal leaks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
from google.protobuf.message import DecodeError, Message

from namesmith_server.service.errors import (
    DeadlineError,
    InvalidArgumentError,
    StoppingError,
    Violation,
    status_of,
)

Response = TypeVar("Response")
Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[Any, Any, Context], Awaitable[Response]]
StreamHandler = Callable[[Any, Any, Context], AsyncIterator[Response]]

MALFORMED = object()
"""Stands for bytes that are no message of the call."""

DETAILS = "grpc-status-details-bin"

running: set["asyncio.Task[Any]"] = set()
"""That answer calls."""

log = logging.getLogger(__name__)


def answers(handler: Handler[Response]) -> Handler[Response]:
    """Wraps a handler of one response, so that every failure is a status with google.rpc details.

    A call whose deadline has passed is refused before any work.
    """

    @wraps(handler)
    async def answer(self: object, request: object, context: Context) -> Response:
        task = _begun()
        try:
            if request is MALFORMED or _late(context):
                _refuse(request)
            return await handler(self, request, context)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)
        finally:
            running.discard(task)

    return answer


def streams(handler: StreamHandler[Response]) -> StreamHandler[Response]:
    """Wraps a handler of a stream of responses, as ``answers``."""

    @wraps(handler)
    async def stream(self: object, request: object, context: Context) -> AsyncIterator[Response]:
        task = _begun()
        try:
            if request is MALFORMED or _late(context):
                _refuse(request)
            async for response in handler(self, request, context):
                yield response
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)
        finally:
            running.discard(task)

    return stream


def cut() -> int:
    """Ends the calls that are running, each with a status that says why; returns how many."""
    for task in running:
        task.cancel()
    return len(running)


class Tolerant:
    """Adds services to a server, so that what they are given and give may be bytes.

    Bytes which are no message come as ``MALFORMED``: gRPC itself would answer with the name and
    the words of its parser's exception. A response that is bytes is one serialised.
    """

    def __init__(self, server: grpc.aio.Server) -> None:
        self._server = server

    def add_generic_rpc_handlers(self, handlers: Sequence[grpc.GenericRpcHandler]) -> None:
        """Leaves it to ``add_registered_method_handlers``, which generated code calls next."""

    def add_registered_method_handlers(self, service: str, handlers: dict[str, Any]) -> None:
        """Adds the methods of a service."""
        tolerant = {
            name: handler._replace(
                request_deserializer=_tolerant(handler.request_deserializer),
                response_serializer=_serialised,
            )
            for name, handler in handlers.items()
        }
        generic = grpc.method_handlers_generic_handler(service, tolerant)
        self._server.add_generic_rpc_handlers((generic,))


def checked(request: Message) -> Message:
    """A request of a stream, as it is.

    Raises:
        InvalidArgumentError: it is no message.
    """
    if request is MALFORMED:
        raise InvalidArgumentError([Violation("request", "is not a message of this call")])
    return request


def _tolerant(parse: Callable[[bytes], Message]) -> Callable[[bytes], object]:
    def read(raw: bytes) -> object:
        try:
            return parse(raw)
        except DecodeError:
            return MALFORMED

    return read


def _serialised(response: Message | bytes) -> bytes:
    return response if isinstance(response, bytes) else response.SerializeToString()


def _begun() -> "asyncio.Task[Any]":
    task = asyncio.current_task()
    assert task is not None  # noqa: S101 - gRPC runs a handler in a task
    running.add(task)
    return task


def _late(context: Context) -> bool:
    """Whether the deadline has passed."""
    left = context.time_remaining()
    return left is not None and left <= 0


def _refuse(request: Any) -> NoReturn:  # noqa: ANN401 - a message or an iterator
    checked(request)
    raise DeadlineError


async def _abort(context: Context, method: str, error: BaseException) -> NoReturn:
    if isinstance(error, asyncio.CancelledError):
        if context.cancelled():
            raise error
        error = StoppingError()  # without a status the client would wait for ever
    code, status = status_of(error)
    if code is grpc.StatusCode.INTERNAL:
        log.error("call failed", exc_info=error, extra={"method": method})
    else:
        refused = {"method": method, "code": code.name, "reason": status.message}
        log.debug("call refused", extra=refused)
    trailing = ((DETAILS, status.SerializeToString()),)
    await context.abort(code, status.message, trailing)
    raise AssertionError  # abort raises
