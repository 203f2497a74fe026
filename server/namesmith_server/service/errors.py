"""What a caller is told when a call fails: the one table from errors to gRPC codes and details.

ServiceError
├── InvalidArgumentError    fields that are out of bounds
├── UnknownModelError       no model of that name
├── NotReadyError           no model is loaded yet
├── DeadlineError           the deadline passed before the work began
└── StoppingError           the server is stopping, and the call was cut
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import grpc
from google.protobuf.duration_pb2 import Duration
from google.protobuf.message import Message
from google.rpc import error_details_pb2 as details
from google.rpc.status_pb2 import Status

from namesmith_server.engine import errors as engine
from namesmith_server.engine.errors import SHOWN, shown

DOMAIN = "namesmith"
RETRY_SECONDS = 1


class ServiceError(Exception):
    """The base; the message is meant for the caller."""


@dataclass(frozen=True)
class Violation:
    """A field out of its bounds.

    Attributes:
        field: its path in the request.
        description: what was given and what is allowed.
    """

    field: str
    description: str


class InvalidArgumentError(ServiceError):
    """Fields that are out of bounds.

    Attributes:
        violations: at least one.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.description}" for one in violations))
        self.violations = tuple(violations)


class UnknownModelError(ServiceError):
    """No model has that name.

    Attributes:
        model: as asked for.
    """

    def __init__(self, model: str, known: tuple[str, ...]) -> None:
        super().__init__(f"model {shown(model)} is unknown, this server has {', '.join(known)}")
        self.model = model


class DeadlineError(ServiceError):
    """The deadline passed before the work began."""

    def __init__(self) -> None:
        super().__init__("the deadline passed before the call was begun")


class StoppingError(ServiceError):
    """The server is stopping, and the call was cut."""

    def __init__(self) -> None:
        super().__init__("the server is stopping")


class NotReadyError(ServiceError):
    """No model is loaded yet."""

    def __init__(self) -> None:
        super().__init__("no model is loaded yet")


def status_of(error: BaseException) -> tuple[grpc.StatusCode, Status]:
    """The code and the rich status (google.rpc) of an error; INTERNAL for one not foreseen."""
    for kind, (code, reason) in TABLE.items():
        if isinstance(error, kind):
            return code, _status(code, str(error), [_info(reason), *_details(error)])
    code = grpc.StatusCode.INTERNAL
    return code, _status(code, "internal error", [_info("INTERNAL")])


RETRYABLE = (engine.OverloadedError, engine.MakingError, NotReadyError, StoppingError)
"""What a caller may try again."""

TABLE: dict[type[Exception], tuple[grpc.StatusCode, str]] = {
    InvalidArgumentError: (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"),
    UnknownModelError: (grpc.StatusCode.NOT_FOUND, "UNKNOWN_MODEL"),
    engine.ConstraintError: (grpc.StatusCode.INVALID_ARGUMENT, "INVALID_ARGUMENT"),
    engine.TooRareError: (grpc.StatusCode.FAILED_PRECONDITION, "TOO_RARE"),
    engine.NoTableError: (grpc.StatusCode.FAILED_PRECONDITION, "NO_TABLE"),
    engine.UnknownSplitError: (grpc.StatusCode.NOT_FOUND, "UNKNOWN_SPLIT"),
    engine.UnsatisfiableError: (grpc.StatusCode.FAILED_PRECONDITION, "UNSATISFIABLE"),
    engine.GaveUpError: (grpc.StatusCode.FAILED_PRECONDITION, "GAVE_UP"),
    engine.OverloadedError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    engine.MakingError: (grpc.StatusCode.RESOURCE_EXHAUSTED, "OVERLOADED"),
    NotReadyError: (grpc.StatusCode.UNAVAILABLE, "NOT_READY"),
    StoppingError: (grpc.StatusCode.UNAVAILABLE, "STOPPING"),
    DeadlineError: (grpc.StatusCode.DEADLINE_EXCEEDED, "DEADLINE_EXCEEDED"),
}


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
        yield _bad_request(Violation("model.name", str(error)))
        yield _resource("model", error.model, error)
    elif isinstance(error, engine.UnknownSplitError):
        yield _bad_request(Violation("split", str(error)))
        yield _resource("split", error.split, error)
    elif isinstance(error, RETRYABLE):
        yield details.RetryInfo(retry_delay=Duration(seconds=RETRY_SECONDS))


def _bad_request(*violations: Violation) -> details.BadRequest:
    return details.BadRequest(
        field_violations=[
            details.BadRequest.FieldViolation(field=one.field, description=one.description)
            for one in violations
        ]
    )


def _resource(kind: str, name: str, error: BaseException) -> details.ResourceInfo:
    return details.ResourceInfo(
        resource_type=f"{DOMAIN}.{kind}", resource_name=name[:SHOWN], description=str(error)
    )
