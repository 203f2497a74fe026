"""Calls that end early: by their client, or because the server stops.

A cancelled task looks the same in both cases. A call that its client has left needs no status; a
call that the server cuts off is UNAVAILABLE, which clients retry, and never CANCELLED, which none
does. Without a status its client would wait for ever.
"""

import asyncio
from collections.abc import Callable, Iterable
from contextvars import ContextVar
from typing import Any, NoReturn

import grpc
from grpc_status import rpc_status

from namesmith_server.grpc.errors import StoppingError
from namesmith_server.grpc.status import status_of

Context = grpc.aio.ServicerContext[Any, Any]

Metadata = Iterable[tuple[str, str | bytes]]
"""Keys and values; a key that ends with -bin has bytes."""

Call = asyncio.Task[Any]
"""A call in progress: from the arrival of its headers until its status is handed to the system."""

_metadata: ContextVar[Metadata] = ContextVar("metadata")


class RunningCalls(grpc.GenericRpcHandler):
    """The calls in progress of one server.

    gRPC asks this handler, which stands before all others, for the method of every call.

    Attributes:
        on_arrival: function that is called when a call begins, at first one that does nothing.
        are_refused: whether calls that arrive are refused: the server stops.
    """

    def __init__(self) -> None:
        self.on_arrival: Callable[[], object] = _nothing
        self._calls: set[Call] = set()
        self.are_refused = False

    def __len__(self) -> int:
        return len(self._calls)

    @property
    def now(self) -> frozenset[Call]:
        """The calls in progress at this moment."""
        return frozenset(self._calls)

    def service(
        self,
        handler_call_details: grpc.HandlerCallDetails,
    ) -> None:
        """Count a call until it ends; another handler handles it."""
        call = asyncio.current_task()
        assert call is not None  # noqa: S101 - gRPC runs a call in a task
        self._calls.add(call)
        _metadata.set(handler_call_details.invocation_metadata)
        self.on_arrival()
        call.add_done_callback(self._calls.discard)

    def refuse(self) -> None:
        """Have every call refused from now on, before its message is read."""
        self.are_refused = True


def metadata_of(context: Context) -> Metadata:
    """Return the metadata that a call came with, in the task of the call."""
    # Read again from gRPC's core it would take 2 us; calls that gRPC hands over by themselves need
    # that.
    known = _metadata.get(None)
    return context.invocation_metadata() or () if known is None else known


async def ended(calls: Iterable[Call], seconds: float) -> set[Call]:
    """Wait until the calls have ended, for at most ``seconds``; return the calls that have not."""
    waited = set(calls)
    if not waited:
        return set()
    _, late = await asyncio.wait(waited, timeout=max(0.0, seconds))
    return late


def error_of_cancellation(
    error: asyncio.CancelledError, context: Context
) -> asyncio.CancelledError | StoppingError:
    """Return the error that ends a cancelled call: StoppingError unless its client has left."""
    return error if context.cancelled() else StoppingError()


async def abort_stopping(context: Context) -> NoReturn:
    """End a call with the status of a server that stops."""
    _, status = status_of(StoppingError())
    await context.abort_with_status(rpc_status.to_status(status))
    raise AssertionError  # abort raises


def _nothing() -> None:
    """Do nothing."""
