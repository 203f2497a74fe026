"""The errors that calls raise.

NamesmithError                  the call failed; raised itself for codes without a subclass
├── InvalidArgumentError        an argument is out of bounds: see ``violations``
├── NotFoundError               the model or split does not exist: see ``resource``
├── UnauthenticatedError        the server needs a token, and knows none like the client's
├── FailedPreconditionError     no name found under the constraint, or no chain of the model
├── ResourceExhaustedError      the server is overloaded: see ``retry_delay``
├── UnavailableError            the server cannot be reached or is not ready
├── DeadlineExceededError       the response did not come in time
├── UnimplementedError          the server does not know the call
└── InternalError               the server failed through its own fault
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
    "UnauthenticatedError",
    "UnavailableError",
    "UnimplementedError",
]


@dataclass(frozen=True)
class FieldViolation:
    """An argument out of its bounds.

    Attributes:
        field: path of the argument in the request, such as ``sampling.top_p``.
        description: the given value and the bounds that it must keep.
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
    """The google.rpc details of a failed call; empty where the server sent no details.

    Attributes:
        reason: stable word for programs, such as ``UNKNOWN_MODEL``.
        violations: the arguments that the server refused.
        resource: the model or split that was not found; None for any other failure.
        retry_delay: seconds to wait before another try; None where another try does not help.
    """

    reason: str = ""
    violations: tuple[FieldViolation, ...] = ()
    resource: Resource | None = None
    retry_delay: float | None = None


class NamesmithError(Exception):
    """The call failed; ``str`` of the error is its message.

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
    """The server lacks the requested model, or the model lacks the requested split."""


class UnauthenticatedError(NamesmithError):
    """The server needs a token, and the client has sent none, or one that the server refuses."""


class FailedPreconditionError(NamesmithError):
    """The model cannot answer the call.

    No name satisfies the constraint, the names that do are too rare to be found, or the operation
    needs a chain and the model has no chain.
    """


class ResourceExhaustedError(NamesmithError):
    """The server is overloaded."""


class UnavailableError(NamesmithError):
    """The server cannot be reached or is not ready."""


class DeadlineExceededError(NamesmithError):
    """The response did not come in time."""


class UnimplementedError(NamesmithError):
    """The server does not know the call; it may be older than this client."""


class InternalError(NamesmithError):
    """The server failed through no fault of the caller."""
