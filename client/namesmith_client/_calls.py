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

    @property
    def is_resumable(self) -> bool:
        """True if the request asks for the results that are yet to come, once it was advanced."""
        return False

    @property
    def is_complete(self) -> bool:
        """True if every result has come by which the request was to be advanced."""
        return False

    def advance(self, result: Result) -> None:
        """Take note of a result that has come, if the call can be resumed behind it."""


@dataclass(frozen=True)
class UnaryCall(Call[Result]):
    """A call that sends one message and receives one message.

    Attributes:
        is_repeatable: whether the client may make the call again when the server is overloaded.
    """

    is_repeatable: bool = True


class StreamCall(Call[GeneratedNames]):
    """A call that sends one message and receives a stream of names.

    A row is a function of the model's version, the seed and its number, so that the names behind a
    chunk can be asked of any server; distinct names depend on the names before them, and cannot.
    """

    @property
    def is_resumable(self) -> bool:
        """True unless the names are distinct."""
        return not self.request.distinct

    @property
    def is_complete(self) -> bool:
        """True if no name is missing."""
        return bool(self.request.count == 0)

    def advance(self, result: GeneratedNames) -> None:
        """Have the request ask for the names behind a chunk, of the version that drew the chunk."""
        if self.is_resumable:
            request, come = self.request, len(result.names)
            request.model.name, request.model.version = result.model, result.version
            request.model.label = ""
            request.seed = result.seed
            request.first_row += come
            request.count = 0 if result.gave_up else request.count - come


@dataclass(frozen=True)
class UploadCall(Call[Result]):
    """A call that sends a stream of messages and receives one message.

    Attributes:
        is_repeatable: whether the messages can be sent again when the server is overloaded.
    """

    is_repeatable: bool = False


class WatchCall(Call[Health]):
    """A call that reads states of the server until it serves."""
