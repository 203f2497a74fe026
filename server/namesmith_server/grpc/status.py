"""From errors to statuses: the table of gRPC codes, and the details that each error carries."""

import random
from collections.abc import Iterator, Sequence

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

from namesmith_server import engine
from namesmith_server.engine import MAX_SHOWN
from namesmith_server.grpc.errors import (
    CallerRateError,
    ChangeRefusedError,
    DeadlineError,
    InvalidArgumentError,
    NotReadyError,
    ReceivingError,
    RoomError,
    SlowReaderError,
    SlowSenderError,
    StoppingError,
    TooLargeError,
    UnauthenticatedError,
    UnknownMethodError,
    UnknownModelError,
    UnknownVersionError,
    UnreadError,
    Violation,
)

DOMAIN = "namesmith"
"""The domain in every ErrorInfo."""

RETRY_SECONDS = 1
"""Least number of seconds after which a caller may try the call again; at most it is twice that.
The delays are spread, so that callers who were refused together do not come back together."""


def status_of(error: BaseException) -> tuple[grpc.StatusCode, Status]:
    """Return the code and the rich status of an error; an error outside ``TABLE`` is INTERNAL."""
    for kind, (code, reason) in TABLE.items():
        if isinstance(error, kind):
            message = str(WORDS.get(kind, error))
            return code, _status(code, message, [_info(reason), *_details(error)])
    code = grpc.StatusCode.INTERNAL
    return code, _status(code, "internal error", [_info("INTERNAL")])


def reason_of(status: Status) -> str:
    """Return the reason in the ErrorInfo of a status; empty without one."""
    info = details.ErrorInfo()
    return info.reason if any(part.Unpack(info) for part in status.details) else ""


RETRYABLE = (
    engine.OverloadedError,
    engine.MemoryShortError,
    engine.BatchFailedError,
    engine.DeviceLostError,
    engine.DeviceMemoryError,
    engine.TooManyPendingError,
    CallerRateError,
    NotReadyError,
    ReceivingError,
    RoomError,
    StoppingError,
    UnreadError,
)
"""Errors after which the same call may succeed."""

TABLE: dict[type[Exception], tuple[grpc.StatusCode, str]] = {
    InvalidArgumentError: (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"),
    UnknownModelError: (grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL"),
    UnknownVersionError: (grpc.StatusCode.NOT_FOUND, "UNKNOWN_VERSION"),
    ChangeRefusedError: (grpc.StatusCode.FAILED_PRECONDITION, "REFUSED"),
    UnauthenticatedError: (grpc.StatusCode.UNAUTHENTICATED, "UNAUTHENTICATED"),
    CallerRateError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.ConstraintError: (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"),
    engine.TooRareError: (grpc.StatusCode.FAILED_PRECONDITION, "TOO_RARE"),
    engine.NoChainError: (grpc.StatusCode.FAILED_PRECONDITION, "NO_CHAIN"),
    engine.CannotBlendError: (grpc.StatusCode.FAILED_PRECONDITION, "CANNOT_BLEND"),
    engine.UnknownSplitError: (grpc.StatusCode.NOT_FOUND, "UNKNOWN_SPLIT"),
    engine.UnsatisfiableError: (grpc.StatusCode.FAILED_PRECONDITION, "UNSATISFIABLE"),
    engine.GaveUpError: (grpc.StatusCode.FAILED_PRECONDITION, "GAVE_UP"),
    engine.OverloadedError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.MemoryShortError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.WorkTooLargeError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
    engine.TooManyPendingError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.BatchFailedError: (grpc.StatusCode.UNAVAILABLE, "BATCH_FAILED"),
    engine.DeviceMemoryError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.DeviceLostError: (grpc.StatusCode.UNAVAILABLE, "DEVICE_LOST"),
    ReceivingError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    RoomError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    UnreadError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    SlowSenderError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_SLOW"),
    SlowReaderError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_SLOW"),
    TooLargeError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "TOO_LARGE"),
    NotReadyError: (grpc.StatusCode.UNAVAILABLE, "NOT_READY"),
    StoppingError: (grpc.StatusCode.UNAVAILABLE, "STOPPING"),
    UnknownMethodError: (grpc.StatusCode.UNIMPLEMENTED, "UNKNOWN_METHOD"),
    DeadlineError: (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
}
"""gRPC code and ErrorInfo reason of each error; the first entry that fits an error counts."""

WORDS: dict[type[Exception], str] = {
    engine.DeviceMemoryError: "the device that computes the model is short of memory for this call",
    engine.DeviceLostError: "the device that computes the model has failed",
}
"""Message in place of an error's own, which is meant for the operator."""


def _status(code: grpc.StatusCode, message: str, parts: Sequence[Message]) -> Status:
    status = Status(code=code.value[0], message=message)
    for part in parts:
        status.details.add().Pack(part)
    return status


def _info(reason: str) -> details.ErrorInfo:
    return details.ErrorInfo(reason=reason, domain=DOMAIN)


def _details(error: BaseException) -> Iterator[Message]:
    if isinstance(error, InvalidArgumentError):
        yield _bad_request(*error.violations)
    elif isinstance(error, engine.ConstraintError):
        yield _bad_request(Violation(error.field, error.description))
    elif isinstance(error, UnknownModelError):
        yield _bad_request(Violation(error.field, str(error)))
        yield _resource("model", error.model, error)
    elif isinstance(error, UnknownVersionError):
        yield _bad_request(Violation(error.field, str(error)))
        yield _resource("version", error.resource, error)
    elif isinstance(error, engine.UnknownSplitError):
        yield _bad_request(Violation("split", str(error)))
        yield _resource("split", error.split, error)
    elif isinstance(error, RETRYABLE):
        later = random.randrange(RETRY_SECONDS * 10**9)  # noqa: S311 - no secret
        yield details.RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS, nanos=later))


def _bad_request(*violations: Violation) -> details.BadRequest:
    return details.BadRequest(
        field_violations=[
            details.BadRequest.FieldViolation(field=one.field, description=one.description)
            for one in violations
        ]
    )


def _resource(kind: str, name: str, error: BaseException) -> details.ResourceInfo:
    return details.ResourceInfo(
        resource_type=f"{DOMAIN}.{kind}", resource_name=name[:MAX_SHOWN], description=str(error)
    )
