"""The end of a call that fails: every error leaves as a status, and nothing internal leaks."""

import asyncio
import logging
from typing import NoReturn

import grpc

from namesmith_server.grpc.call_record import CallRecord
from namesmith_server.grpc.cancellation import Context, error_of_cancellation
from namesmith_server.grpc.status import reason_of, status_of

DETAILS = "grpc-status-details-bin"
"""Key of the trailing metadata that holds the rich status (google.rpc)."""

log = logging.getLogger(__name__)


async def abort(
    context: Context, record: CallRecord, error: BaseException, *, stops: bool
) -> NoReturn:
    """End a call with the status of an error, and note it in the record of the call.

    Args:
        context: gRPC's side of the call.
        record: record of the call.
        error: the error that the call ends with.
        stops: whether the server stops, which cancels calls too.
    """
    has_left = False
    if isinstance(error, asyncio.CancelledError):
        has_left = not stops and _is_cancelled()
        error = error_of_cancellation(error, context)
        record.code = "CANCELLED"
    if isinstance(error, grpc.aio.AbortError):
        record.code = grpc.StatusCode(context.code()).name
    if isinstance(error, asyncio.CancelledError | grpc.aio.AbortError):
        raise error
    if isinstance(error, grpc.aio.BaseError):  # the call is over
        record.code = "CANCELLED"
        raise asyncio.CancelledError from None
    code, status = status_of(error)
    if not has_left:
        record.code, record.reason, record.message = code.name, reason_of(status), status.message
    if code is grpc.StatusCode.INTERNAL:
        log.error("call failed", exc_info=error, extra={"method": record.method.name})
    else:
        refused = {"method": record.method.name, "code": code.name, "reason": record.reason}
        log.debug("call refused", extra=refused)
        # gRPC's own error, which has this one for its context, is part of a circle that stays until
        # it is collected: the frames of this one would hold the request for as long.
        error.__traceback__ = error.__context__ = None
    trailing = (*(context.trailing_metadata() or ()), (DETAILS, status.SerializeToString()))
    try:
        await context.abort(code, status.message, trailing)
    except grpc.aio.InternalError:  # the call is over
        raise asyncio.CancelledError from None
    raise AssertionError  # abort raises


def _is_cancelled() -> bool:
    """Return whether this call's task is cancelled: gRPC does so before its context tells."""
    task = asyncio.current_task()
    return task is not None and task.cancelling() > 0
