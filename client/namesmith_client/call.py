"""A call before it is made: what both clients share of one."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass
from functools import update_wrapper
from typing import TYPE_CHECKING, Any, Generic, TypeVar, get_args

from google.protobuf.message import Message

if TYPE_CHECKING:
    import grpc

    from namesmith_client.channel import Stubs

Result = TypeVar("Result")
Method = TypeVar("Method", bound=Callable[..., Any])


@dataclass(frozen=True)
class Call(Generic[Result]):
    """A unary call, ready to be made.

    Attributes:
        method: picks the RPC among the stubs.
        request: its message.
        convert: from the response message to the result.
        timeout: seconds it may take; None: the client's.
    """

    method: "Callable[[Stubs], grpc.UnaryUnaryMultiCallable[Any, Any]]"
    request: Message
    convert: Callable[[Any], Result]
    timeout: float | None


def as_method(build: Callable[..., Call[Any]], method: Method) -> Method:
    """Gives a client's method the name, the words and the signature of what builds its call."""
    update_wrapper(method, build)
    signature = inspect.signature(build)
    this = inspect.Parameter("self", inspect.Parameter.POSITIONAL_ONLY)
    vars(method)["__signature__"] = signature.replace(
        parameters=[this, *signature.parameters.values()],
        return_annotation=get_args(signature.return_annotation)[0],
    )
    return method
