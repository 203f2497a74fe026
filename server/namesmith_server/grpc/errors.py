"""The errors of the gRPC layer; ``engine/errors.py`` holds the errors of the engine.

ServiceError
├── InvalidArgumentError    fields are out of bounds
├── UnknownModelError       no model has the requested name
├── UnknownMethodError      the server has no such method
├── UnknownVersionError     the model has no such version or label
├── ChangeRefusedError      a change of the models cannot be made
├── UnauthenticatedError    the caller has shown no valid token
├── CallerRateError         the caller makes too many calls a second
├── NotReadyError           no model is loaded
├── TooLargeError           a message is larger than any message may be
├── SlowSenderError         a message was not complete in time
├── SlowReaderError         the reader of a stream did not read in time
├── UnreadError             a stream was not read when unread streams held too much
├── RoomError               a message was not complete when others waited for its place
├── ReceivingError          too many messages are being received
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
        field: path of the field that holds the name.
    """

    def __init__(self, model: str, known: tuple[str, ...], field: str = "model.name") -> None:
        there = ", ".join(known) or "none"
        super().__init__(f"model {shown(model)} is unknown, this server has {there}")
        self.model = model
        self.field = field


class UnknownMethodError(ServiceError):
    """The server has no such method."""

    def __init__(self) -> None:
        super().__init__("the server has no such method")


class UnknownVersionError(ServiceError):
    """The model has no such version or label.

    Attributes:
        field: path of the field of the ModelRef, such as ``model.label``.
        resource: the model and the version or label, such as ``us-names@stable``.
    """

    def __init__(self, field: str, resource: str, message: str) -> None:
        super().__init__(message)
        self.field = field
        self.resource = resource


class ChangeRefusedError(ServiceError):
    """A change of the models that are served cannot be made; the models are as they were."""


class UnauthenticatedError(ServiceError):
    """The caller has shown no valid token; the message never repeats what was shown."""

    def __init__(self) -> None:
        super().__init__("authorization: a valid bearer token is needed")


class CallerRateError(ServiceError):
    """The caller makes too many calls a second."""

    def __init__(self, most: float) -> None:
        super().__init__(f"this caller makes too many calls, at most {most:g} a second are served")


class TooLargeError(ServiceError):
    """A message is larger than any message may be."""

    def __init__(self, size: int, most: int) -> None:
        super().__init__(f"request: {size} bytes decompressed, at most {most} are allowed")


class SlowSenderError(ServiceError):
    """A message was not complete in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"request: was not complete within {seconds:g} seconds")


class SlowReaderError(ServiceError):
    """The reader of a stream did not read in time."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"the stream was not read for {seconds:g} seconds")


class UnreadError(ServiceError):
    """A stream was not read when the streams that nobody reads held too much memory."""

    def __init__(self) -> None:
        super().__init__("the stream was not read, and too many streams wait for their readers")


class RoomError(ServiceError):
    """A message was not complete when others waited for its place."""

    def __init__(self) -> None:
        super().__init__("request: was not complete, and other requests waited for its place")


class ReceivingError(ServiceError):
    """Too many messages are being received."""

    def __init__(self, places: int) -> None:
        super().__init__(
            f"too many requests are being received, at most {places} at once, and fewer from each"
            " caller"
        )


class DeadlineError(ServiceError):
    """The deadline passed before the work began."""

    def __init__(self) -> None:
        super().__init__("the deadline passed before the call was begun")


class StoppingError(ServiceError):
    """The server is stopping, and the call was cancelled."""

    def __init__(self) -> None:
        super().__init__("the server is stopping")


class NotReadyError(ServiceError):
    """No model is loaded: none yet, or none any more."""

    def __init__(self) -> None:
        super().__init__("no model is loaded")
