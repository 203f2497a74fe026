"""The edge of every RPC: every error leaves as a status, and nothing internal leaks."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc

from namesmith_server.grpc.cancellation import Context, error_of_cancellation
from namesmith_server.grpc.errors import DeadlineError
from namesmith_server.grpc.status import status_of
from namesmith_server.grpc.wire import require_message

Response = TypeVar("Response")
Handler = Callable[[Any, Any, Context], Awaitable[Response]]
StreamHandler = Callable[[Any, Any, Context], AsyncIterator[Response]]

DETAILS = "grpc-status-details-bin"
"""Key of the trailing metadata that holds the rich status (google.rpc)."""

log = logging.getLogger(__name__)


def unary_handler(handler: Handler[Response]) -> Handler[Response]:
    """Wrap a handler of one response, so that every failure is a status with google.rpc details.

    A call whose deadline has passed is refused before any work.
    """

    @wraps(handler)
    async def answer(self: object, request: object, context: Context) -> Response:
        try:
            _check_call(request, context)
            return await handler(self, request, context)
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)

    return answer


def stream_handler(handler: StreamHandler[Response]) -> StreamHandler[Response]:
    """Wrap a handler of a stream of responses as ``unary_handler`` wraps a handler of one."""

    @wraps(handler)
    async def stream(self: object, request: object, context: Context) -> AsyncIterator[Response]:
        try:
            _check_call(request, context)
            async for response in handler(self, request, context):
                yield response
        except (Exception, asyncio.CancelledError) as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)

    return stream


def _check_call(request: object, context: Context) -> None:
    """Raise where the request is malformed or the deadline has passed."""
    require_message(request)
    left = context.time_remaining()
    if left is not None and left <= 0:
        raise DeadlineError


async def _abort(context: Context, method: str, error: BaseException) -> NoReturn:
    if isinstance(error, asyncio.CancelledError):
        error = error_of_cancellation(error, context)
        if isinstance(error, asyncio.CancelledError):
            raise error
    code, status = status_of(error)
    if code is grpc.StatusCode.INTERNAL:
        log.error("call failed", exc_info=error, extra={"method": method})
    else:
        refused = {"method": method, "code": code.name, "reason": status.message}
        log.debug("call refused", extra=refused)
    trailing = ((DETAILS, status.SerializeToString()),)
    await context.abort(code, status.message, trailing)
    raise AssertionError  # abort raises
