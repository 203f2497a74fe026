"""The description of one call, from which either client makes the call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from namesmith_client._generated_names import GeneratedNames
from namesmith_client._health import Health
from namesmith_client._stubs import Stubs

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A call that is ready to be made; its subclass says how it travels.

    Attributes:
        method: function that picks the RPC among the stubs.
        request: the request message, or, for an upload, the iterable of its request messages.
        convert: function that turns a response message into a result.
    """

    method: Callable[[Stubs], Any]
    request: Any
    convert: Callable[[Any], Result]


@dataclass(frozen=True)
class UnaryCall(Call[Result]):
    """A call that sends one message and receives one message.

    Attributes:
        is_repeatable: whether the client may make the call again when the server is overloaded.
    """

    is_repeatable: bool = True


class StreamCall(Call[GeneratedNames]):
    """A call that sends one message and receives a stream of names."""


@dataclass(frozen=True)
class UploadCall(Call[Result]):
    """A call that sends a stream of messages and receives one message.

    Attributes:
        is_repeatable: whether the messages can be sent again when the server is overloaded.
    """

    is_repeatable: bool = False


class WatchCall(Call[Health]):
    """A call that reads states of the server until it serves."""
