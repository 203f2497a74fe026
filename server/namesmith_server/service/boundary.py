"""The edge of every RPC: what is raised inside leaves as a status, and nothing internal leaks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc

from namesmith_server.service.errors import DeadlineError, StoppingError, status_of

Response = TypeVar("Response")
Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[Any, Any, Context], Awaitable[Response]]
StreamHandler = Callable[[Any, Any, Context], AsyncIterator[Response]]

DETAILS = "grpc-status-details-bin"

log = logging.getLogger(__name__)


def answers(handler: Handler[Response]) -> Handler[Response]:
    """Wraps a handler of one response, so that every failure is a status with google.rpc details.

    A call whose deadline has passed is refused before any work.
    """

    @wraps(handler)
    async def answer(self: object, request: object, context: Context) -> Response:
        try:
            _in_time(context)
            return await handler(self, request, context)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)

    return answer


def streams(handler: StreamHandler[Response]) -> StreamHandler[Response]:
    """Wraps a handler of a stream of responses, as ``answers``."""

    @wraps(handler)
    async def stream(self: object, request: object, context: Context) -> AsyncIterator[Response]:
        try:
            _in_time(context)
            async for response in handler(self, request, context):
                yield response
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)

    return stream


def _in_time(context: Context) -> None:
    left = context.time_remaining()
    if left is not None and left <= 0:
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
