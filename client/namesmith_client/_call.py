"""The values of one call, which both clients make alike."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from namesmith_client._channel import Stubs

Result = TypeVar("Result")


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A call that is ready to be made.

    Attributes:
        method: picks the RPC among the stubs.
        request: the request message; of a call that uploads, the iterable of its messages.
        convert: turns a response message into a result.
        timeout: seconds that the call may take; None: the client's own timeout, and no limit for
            a call that streams.
    """

    method: Callable[[Stubs], Any]
    request: Any
    convert: Callable[[Any], Result]
    timeout: float | None
