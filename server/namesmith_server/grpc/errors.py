"""The errors of the gRPC layer; ``engine/errors.py`` holds the errors of the engine.

ServiceError
├── InvalidArgumentError    fields are out of bounds
├── UnknownModelError       no model has the requested name
├── NotReadyError           no model is loaded yet
├── DeadlineError           the deadline passed before the work began
└── StoppingError           the server is stopping, and the call was cancelled
"""

from collections.abc import Sequence
from dataclasses import dataclass

from namesmith_server.engine import shown


class ServiceError(Exception):
    """The base class of the gRPC layer's errors; the message is meant for the caller."""


@dataclass(frozen=True)
class Violation:
    """A field out of its bounds.

    Attributes:
        field: path of the field in the request.
        description: the value of the field and its bound.
    """

    field: str
    description: str


class InvalidArgumentError(ServiceError):
    """Fields are out of bounds.

    Attributes:
        violations: the violations, at least one.
    """

    def __init__(self, violations: Sequence[Violation]) -> None:
        super().__init__("; ".join(f"{one.field}: {one.description}" for one in violations))
        self.violations = tuple(violations)


class UnknownModelError(ServiceError):
    """No model has the requested name.

    Attributes:
        model: the requested name.
    """

    def __init__(self, model: str, known: tuple[str, ...]) -> None:
        super().__init__(f"model {shown(model)} is unknown, this server has {', '.join(known)}")
        self.model = model


class DeadlineError(ServiceError):
    """The deadline passed before the work began."""

    def __init__(self) -> None:
        super().__init__("the deadline passed before the call was begun")


class StoppingError(ServiceError):
    """The server is stopping, and the call was cancelled."""

    def __init__(self) -> None:
        super().__init__("the server is stopping")


class NotReadyError(ServiceError):
    """No model is loaded yet."""

    def __init__(self) -> None:
        super().__init__("no model is loaded yet")
