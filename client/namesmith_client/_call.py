"""The description of one call, from which either client makes the call."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from namesmith_client._channel import Stubs

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A call that is ready to be made.

    Attributes:
        method: function that picks the RPC among the stubs.
        request: the request message, or, for a call that uploads names, the iterable of its request
            messages.
        convert: function that turns a response message into a result.
        timeout: seconds that the call may take; None: no limit for a call that streams names, the
            client's timeout for any other call.
    """

    method: Callable[[Stubs], Any]
    request: Any
    convert: Callable[[Any], Result]
    timeout: float | None
