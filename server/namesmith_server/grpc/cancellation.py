"""Calls that end early: by their client, or because the server stops.

A cancelled task looks the same in both cases. A call that its client has left needs no status; a
call that the server cuts off is UNAVAILABLE, which clients retry, and never CANCELLED, which none
does. Without a status its client would wait for ever.
"""

import asyncio
from typing import Any

import grpc

from namesmith_server.grpc.errors import StoppingError

Context = grpc.aio.ServicerContext[Any, Any]


class RunningCalls:
    """The calls in progress of one server."""

    def __init__(self) -> None:
        self._tasks: set[asyncio.Task[Any]] = set()

    def begin(self) -> "asyncio.Task[Any]":
        """Count the current task as a call, until ``end``; return it."""
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - gRPC runs a handler in a task
        self._tasks.add(task)
        return task

    def end(self, task: "asyncio.Task[Any]") -> None:
        """Count a call out."""
        self._tasks.discard(task)

    def cancel(self) -> int:
        """Cancel the calls in progress, each with a status that says why; return their number."""
        for task in self._tasks:
            task.cancel()
        return len(self._tasks)


def error_of_cancellation(
    error: asyncio.CancelledError, context: Context
) -> asyncio.CancelledError | StoppingError:
    """Return the error that ends a cancelled call: StoppingError unless its client has left."""
    return error if context.cancelled() else StoppingError()
