"""The errors that calls raise.

NamesmithError                  any failed call; also the codes without a class of their own
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

import grpc

__all__ = [
    "DeadlineExceededError",
    "ErrorDetails",
    "FailedPreconditionError",
    "FieldViolation",
    "InternalError",
    "InvalidArgumentError",
    "NamesmithError",
    "NotFoundError",
    "Resource",
    "ResourceExhaustedError",
    "UnavailableError",
    "UnimplementedError",
]


@dataclass(frozen=True)
class FieldViolation:
    """An argument out of its bounds.

    Attributes:
        field: its path in the request, such as ``sampling.top_p``.
        description: the value that was given and the bounds that it must keep.
    """

    field: str
    description: str


@dataclass(frozen=True)
class Resource:
    """A model or a split that the server does not have.

    Attributes:
        kind: ``namesmith.model`` or ``namesmith.split``.
        name: the name that the caller asked for.
    """

    kind: str
    name: str


@dataclass(frozen=True)
class ErrorDetails:
    """The google.rpc details of a failed call; empty where the server sent none.

    Attributes:
        reason: stable word for programs, such as ``UNKNOWN_MODEL``.
        violations: the arguments that the server refused.
        resource: the model or split that was not found; None of other failures.
        retry_delay: seconds to wait before another try; None where another try does not help.
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
    """No name satisfies the constraint, or its names are too rare to be found."""


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
