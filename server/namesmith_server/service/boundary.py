"""The edge of every RPC: what is raised inside leaves as a status, and nothing internal leaks."""

import asyncio
from collections.abc import Awaitable, Callable
from functools import wraps
from typing import Any, NoReturn, TypeVar

import grpc
import structlog

from namesmith_server.service.errors import status_of

Response = TypeVar("Response")
Context = grpc.aio.ServicerContext[Any, Any]
Handler = Callable[[Any, Any, Context], Awaitable[Response]]

DETAILS = "grpc-status-details-bin"

log = structlog.get_logger()


def answers(handler: Handler[Response]) -> Handler[Response]:
    """Wraps a unary handler, so that every failure is a status with google.rpc details."""

    @wraps(handler)
    async def answer(self: object, request: object, context: Context) -> Response:
        try:
            return await handler(self, request, context)
        except asyncio.CancelledError:
            if context.cancelled():
                raise
            # Without a status the client would wait for ever.
            await context.abort(grpc.StatusCode.UNAVAILABLE, "the server is stopping")
        except Exception as error:  # noqa: BLE001 - nothing may leave unmapped
            await _abort(context, handler.__name__, error)
        raise AssertionError  # abort raises

    return answer


async def _abort(context: Context, method: str, error: Exception) -> NoReturn:
    code, status = status_of(error)
    if code is grpc.StatusCode.INTERNAL:
        log.error("call failed", method=method, exc_info=error)
    else:
        log.debug("call refused", method=method, code=code.name, message=status.message)
    trailing = ((DETAILS, status.SerializeToString()),)
    await context.abort(code, status.message, trailing)
    raise AssertionError  # abort raises
