"""The descriptor that makes an operation, written once, a method of both clients.

There is one decorator for each of the four kinds of operations. It decorates a function without
``self`` that builds the ``Call`` from the caller's arguments:

    @unary
    def describe(model: str = "", *, timeout: float | None = None) -> Call[Description]:

makes ``describe`` a method that returns a ``Description`` on ``Client`` and an awaitable of a
``Description`` on ``AsyncClient``.
"""

import inspect
from collections.abc import Callable, Coroutine
from types import MethodType
from typing import Any, Concatenate, Generic, Literal, ParamSpec, TypeVar, overload

from namesmith_client._async_caller import AsyncCaller
from namesmith_client._call import Call
from namesmith_client._generated_names import GeneratedNames
from namesmith_client._health import Health
from namesmith_client._name_stream import AsyncNameStream, NameStream
from namesmith_client._signatures import expanded_parameters, with_signature_of
from namesmith_client._sync_caller import SyncCaller

Parameters = ParamSpec("Parameters")
Result = TypeVar("Result")
Blocking = TypeVar("Blocking")
Asynchronous = TypeVar("Asynchronous")

Awaited = Coroutine[Any, Any, Result]
Kind = Literal["_unary", "_server_stream", "_client_stream", "_until_serving"]


class Operation(Generic[Parameters, Blocking, Asynchronous]):
    """A descriptor that gives each client its method of an operation.

    ``Parameters`` are the parameters of both methods, ``Blocking`` and ``Asynchronous`` the results
    of the method of ``Client`` and of the method of ``AsyncClient``.

    Args:
        build: function that builds the ``Call`` from the arguments of the method.
        kind: name of the method of ``SyncCaller`` and ``AsyncCaller`` that makes the call.
    """

    def __init__(self, build: Callable[Parameters, Call[Any]], kind: Kind) -> None:
        self._methods = {
            caller: with_signature_of(build, _method(build, caller, kind), getattr(caller, kind))
            for caller in (SyncCaller, AsyncCaller)
        }

    @overload
    def __get__(self, client: SyncCaller, owner: type) -> Callable[Parameters, Blocking]: ...
    @overload
    def __get__(self, client: AsyncCaller, owner: type) -> Callable[Parameters, Asynchronous]: ...
    @overload
    def __get__(
        self, client: None, owner: type[SyncCaller]
    ) -> Callable[Concatenate[SyncCaller, Parameters], Blocking]: ...
    @overload
    def __get__(
        self, client: None, owner: type[AsyncCaller]
    ) -> Callable[Concatenate[AsyncCaller, Parameters], Asynchronous]: ...
    def __get__(self, client: SyncCaller | AsyncCaller | None, owner: type) -> Callable[..., Any]:
        method = self._methods[AsyncCaller if issubclass(owner, AsyncCaller) else SyncCaller]
        return method if client is None else MethodType(method, client)


def unary(
    build: Callable[Parameters, Call[Result]],
) -> Operation[Parameters, Result, Awaited[Result]]:
    """Declare an operation that sends one message and receives one message."""
    return Operation(build, "_unary")


def server_stream(
    build: Callable[Parameters, Call[GeneratedNames]],
) -> Operation[Parameters, NameStream, AsyncNameStream]:
    """Declare an operation that sends one message and receives a stream of names."""
    return Operation(build, "_server_stream")


def client_stream(
    build: Callable[Parameters, Call[Result]],
) -> Operation[Parameters, Result, Awaited[Result]]:
    """Declare an operation that sends a stream of messages and receives one message."""
    return Operation(build, "_client_stream")


def until_serving(
    build: Callable[Parameters, Call[Health]],
) -> Operation[Parameters, None, Awaited[None]]:
    """Declare an operation that reads states of the server until it serves."""
    return Operation(build, "_until_serving")


def _method(
    build: Callable[..., Call[Any]], caller: type[SyncCaller | AsyncCaller], kind: Kind
) -> Callable[..., Any]:
    """Make the client's method: a coroutine function where the caller awaits calls of this kind."""
    make = getattr(caller, kind)
    known = {one.name for one in expanded_parameters(inspect.signature(build))}

    def call_of(args: tuple[Any, ...], kwargs: dict[str, Any]) -> Call[Any]:
        for name in kwargs.keys() - known:
            raise TypeError(f"{build.__name__}() got an unexpected keyword argument {name!r}")
        return build(*args, **kwargs)

    def method(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - of any operation
        return make(self, call_of(args, kwargs))

    async def awaited(self: Any, /, *args: Any, **kwargs: Any) -> Any:  # noqa: ANN401 - likewise
        return await make(self, call_of(args, kwargs))

    return awaited if inspect.iscoroutinefunction(make) else method
