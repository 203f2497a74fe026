"""What a call raises.

NamesmithError                  any failed call; the codes without a class of their own
├── InvalidArgumentError        an argument is out of bounds: see ``violations``
├── NotFoundError               no such model or split: see ``resource``
├── FailedPreconditionError     no name satisfies the constraint, or none could be found
├── ResourceExhaustedError      the server is overloaded: see ``retry_delay``
├── UnavailableError            the server cannot be reached or is not ready
├── DeadlineExceededError       no answer in time
├── UnimplementedError          the server does not know the call
└── InternalError               the server's own fault
"""

from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.message import DecodeError, Message
from google.rpc import error_details_pb2
from google.rpc.status_pb2 import Status
from grpc_status import rpc_status


@dataclass(frozen=True)
class FieldViolation:
    """An argument out of its bounds.

    Attributes:
        field: its path in the request, such as ``sampling.top_p``.
        description: what was given and what is allowed.
    """

    field: str
    description: str


@dataclass(frozen=True)
class Resource:
    """What was not found.

    Attributes:
        kind: ``namesmith.model`` or ``namesmith.split``.
        name: as asked for.
    """

    kind: str
    name: str


@dataclass(frozen=True)
class ErrorDetails:
    """The google.rpc details of a status; empty where it carried none.

    Attributes:
        reason: stable word for programs, such as ``UNKNOWN_MODEL``.
        violations: the arguments that were refused.
        resource: what was not found.
        retry_delay: seconds to wait before another try, where one may help.
    """

    reason: str = ""
    violations: tuple[FieldViolation, ...] = ()
    resource: Resource | None = None
    retry_delay: float | None = None


class NamesmithError(Exception):
    """A call failed; ``str`` gives its message.

    Attributes:
        code: the gRPC status code.
        message: one sentence for people.
        reason, violations, resource, retry_delay: see ``ErrorDetails``.
    """

    def __init__(
        self, code: grpc.StatusCode, message: str, details: ErrorDetails = ErrorDetails()
    ) -> None:
        super().__init__(code, message, details)
        self.code = code
        self.message = message
        self.reason = details.reason
        self.violations = details.violations
        self.resource = details.resource
        self.retry_delay = details.retry_delay

    def __str__(self) -> str:
        return self.message


class InvalidArgumentError(NamesmithError):
    """An argument is out of bounds."""


class NotFoundError(NamesmithError):
    """The server has no such model, or the model no such split."""


class FailedPreconditionError(NamesmithError):
    """No name satisfies the constraint, or those that do are too rare to be found."""


class ResourceExhaustedError(NamesmithError):
    """The server is overloaded."""


class UnavailableError(NamesmithError):
    """The server cannot be reached or is not ready."""


class DeadlineExceededError(NamesmithError):
    """The answer did not come in time."""


class UnimplementedError(NamesmithError):
    """The server does not know the call; it may be older than this client."""


class InternalError(NamesmithError):
    """The server failed through no fault of the caller."""


KINDS: dict[grpc.StatusCode, type[NamesmithError]] = {
    grpc.StatusCode.INVALID_ARGUMENT: InvalidArgumentError,
    grpc.StatusCode.OUT_OF_RANGE: InvalidArgumentError,
    grpc.StatusCode.NOT_FOUND: NotFoundError,
    grpc.StatusCode.FAILED_PRECONDITION: FailedPreconditionError,
    grpc.StatusCode.RESOURCE_EXHAUSTED: ResourceExhaustedError,
    grpc.StatusCode.UNAVAILABLE: UnavailableError,
    grpc.StatusCode.DEADLINE_EXCEEDED: DeadlineExceededError,
    grpc.StatusCode.UNIMPLEMENTED: UnimplementedError,
    grpc.StatusCode.INTERNAL: InternalError,
    grpc.StatusCode.UNKNOWN: InternalError,
    grpc.StatusCode.DATA_LOSS: InternalError,
}


def error_of(failure: grpc.RpcError, address: str, timeout: float | None) -> NamesmithError:
    """The typed error of a failed call to ``address`` under a deadline of ``timeout`` seconds."""
    outcome = cast("grpc.Call", failure)  # which an RpcError of either client is
    code, status = outcome.code(), _status(outcome)
    kind = KINDS.get(code, NamesmithError)
    if code is grpc.StatusCode.DEADLINE_EXCEEDED and timeout is not None:
        # Which end noticed it first makes no difference to the caller.
        return kind(code, f"deadline of {timeout:g} s exceeded, calling {address}")
    if status is not None:
        return kind(code, status.message, _details(status))
    if code is grpc.StatusCode.CANCELLED:
        return cancelled()
    said = outcome.details() or code.name
    if code is grpc.StatusCode.UNAVAILABLE:
        said = f"{address} cannot be reached: {said}"
    return kind(code, said)


def cancelled() -> NamesmithError:
    """The error of a call that its own side ended."""
    message = "the call was cancelled: its client or its stream was closed"
    return NamesmithError(grpc.StatusCode.CANCELLED, message)


def gone(address: str) -> UnavailableError:
    """The error of a server that ended while it was waited for."""
    return UnavailableError(grpc.StatusCode.UNAVAILABLE, f"{address} ended before it served")


def _status(outcome: grpc.Call) -> Status | None:
    """The rich status; None where there is none, or a proxy's that contradicts the plain one."""
    try:
        return rpc_status.from_call(outcome)
    except (ValueError, DecodeError):
        return None


def _details(status: Status) -> ErrorDetails:
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


def _first(status: Status, kind: type[Message]) -> Any:  # noqa: ANN401 - google.rpc has no types
    """The first detail of that kind, or None."""
    for detail in status.details:
        message = kind()
        if detail.Unpack(message):
            return message
    return None
