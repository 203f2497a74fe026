"""A call before it is made: what both clients share of one."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

if TYPE_CHECKING:
    from namesmith_client.channel import Stubs

Result = TypeVar("Result")
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A call, ready to be made.

    Attributes:
        method: picks the RPC among the stubs.
        request: its message; of a call that sends a stream, the iterable of them.
        convert: from a response message to a result.
        timeout: seconds it may take; None: the client's, or no limit for a stream.
    """

    method: "Callable[[Stubs], Any]"
    request: Any
    convert: Callable[[Any], Result]
    timeout: float | None


def as_method(build: Callable[..., Call[Any]], make: Callable[..., Any], method: Method) -> Method:
    """Gives a client's method the name, the words and the signature of what builds its call.

    It returns what ``make``, which makes the call, says that it does: the call's result or more.
    """
    update_wrapper(method, build)
    signature = inspect.signature(build)
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    made = inspect.signature(make).return_annotation
    vars(method)["__signature__"] = signature.replace(
        parameters=[this, *signature.parameters.values()],
        return_annotation=(
            get_args(signature.return_annotation)[0] if isinstance(made, TypeVar) else made
        ),
    )
    return method
