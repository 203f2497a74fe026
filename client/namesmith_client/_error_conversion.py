"""Conversion of gRPC failures into the errors of ``namesmith_client.errors``.

What reads a status is imported with the first failure, since most programs meet none.
"""

import asyncio
from typing import TYPE_CHECKING, Any, cast

import grpc
from google.protobuf.message import DecodeError, Message

from namesmith_client.errors import (
    DeadlineExceededError,
    ErrorDetails,
    FailedPreconditionError,
    FieldViolation,
    InternalError,
    InvalidArgumentError,
    NamesmithError,
    NotFoundError,
    Resource,
    ResourceExhaustedError,
    UnauthenticatedError,
    UnavailableError,
    UnimplementedError,
)

if TYPE_CHECKING:
    from google.rpc.status_pb2 import Status

ERROR_CLASSES: dict[grpc.StatusCode, type[NamesmithError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.UNAUTHENTICATED: UnauthenticatedError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
    grpc.StatusCode.INTERNAL: InternalError,
    grpc.StatusCode.UNKNOWN: InternalError,
    grpc.StatusCode.DATA_LOSS: InternalError,
}
"""Error class of each status code; a code without an entry gets ``NamesmithError``."""

WITHOUT_TLS = "WRONG_VERSION_NUMBER"
"""Word of gRPC's message about a server that answers TLS without TLS."""


def error_of(failure: grpc.RpcError, address: str, timeout: float | None) -> NamesmithError:
    """Convert the failure of a call to ``address`` under a deadline of ``timeout`` seconds."""
    outcome = cast("grpc.Call", failure)  # an RpcError of either kind of channel is one
    code, status = outcome.code(), _rich_status(outcome)
    kind = ERROR_CLASSES.get(code, NamesmithError)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and timeout is not None:
        # Client or server may have noticed it first; the caller reads the same message.
        return kind(code, f"deadline of {timeout:g} s exceeded, calling {address}")
    if status is not None:
        return kind(code, status.message, _details(status))
    if code is grpc.StatusCode.CANCELLED:
        return call_was_closed()
    message = outcome.details() or code.name
    if code is grpc.StatusCode.UNAVAILABLE:
        message = f"{address} cannot be reached: {message}"
        if WITHOUT_TLS in message:
            message = f"{address} does not speak TLS, and was called with it"
    return kind(code, message)


def call_was_closed() -> NamesmithError:
    """Make the error of a call that ended because its client or its stream was closed."""
    message = "the call was cancelled: its client or its stream was closed"
    return NamesmithError(grpc.StatusCode.CANCELLED, message)


def server_went_away(address: str) -> UnavailableError:
    """Make the error of a server that ended while a caller waited for it to serve."""
    return UnavailableError(grpc.StatusCode.UNAVAILABLE, f"{address} ended before it served")


def cancellation_of(error: asyncio.CancelledError) -> BaseException:
    """Return the exception to raise for an awaited call that was cancelled.

    It is the given CancelledError where the current task is being cancelled, and a NamesmithError
    where only the call was cancelled, because its client or its stream was closed.
    """
    task = asyncio.current_task()
    return error if task is None or task.cancelling() else call_was_closed()


def _rich_status(outcome: grpc.Call) -> "Status | None":
    """Read the google.rpc status of a call.

    Return None where the call has no google.rpc status, or where that status is malformed or
    contradicts the plain status code or message of the call.
    """
    from grpc_status import rpc_status  # noqa: PLC0415 - where a call has failed

    try:
        return rpc_status.from_call(outcome)
    except (ValueError, DecodeError):
        return None


def _details(status: "Status") -> ErrorDetails:
    from google.rpc import error_details_pb2  # noqa: PLC0415 - likewise

    info = _first(status, error_details_pb2.ErrorInfo)
    request = _first(status, error_details_pb2.BadRequest)
    resource = _first(status, error_details_pb2.ResourceInfo)
    retry = _first(status, error_details_pb2.RetryInfo)
    return ErrorDetails(
        reason=info.reason if info else "",
        violations=tuple(
            FieldViolation(one.field, one.description)
            for one in (request.field_violations if request else ())
        ),
        resource=Resource(resource.resource_type, resource.resource_name) if resource else None,
        retry_delay=retry.retry_delay.ToTimedelta().total_seconds() if retry else None,
    )


def _first(status: "Status", kind: type[Message]) -> Any:  # noqa: ANN401 - google.rpc has no types
    """Unpack the first detail of a kind; return None where the status holds no such detail."""
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            return message
    return None
