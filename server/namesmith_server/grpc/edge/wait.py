"""A call that waits for its client, and the error that may end the wait."""

import asyncio

from namesmith_server.grpc.call_record import current_record
from namesmith_server.grpc.cancellation import Context


class Wait:
    """A call that waits for its client.

    Attributes:
        since: time since which it waits, in seconds of the clock.
        until: time at which the wait ends the call.
        weight: bytes that the call holds while it waits, as far as they are known.
        error: error that ends the call; None while it may wait.
    """

    __slots__ = ("_context", "_holder", "_task", "error", "since", "until", "weight")

    def __init__(self, context: Context, since: float, seconds: float, weight: int = 1) -> None:
        task = asyncio.current_task()
        assert task is not None  # noqa: S101 - gRPC runs a handler in a task
        self._context = context
        self._task = task
        self._holder = current_record().caller
        self.since = since
        self.until = since + seconds
        self.weight = weight
        self.error: Exception | None = None

    def restart(self, now: float) -> None:
        """Begin the wait anew, once there is a place."""
        self.since, self.until = now, now + self.until - self.since

    @property
    def holder(self) -> str:
        """The caller of the call; its connection where callers are unknown."""
        if not self._holder:
            self._holder = self._context.peer()
        return self._holder

    def end(self, error: Exception) -> None:
        """End the wait: an error is raised where the call waits."""
        if self.error is None:
            self.error = error
            self._task.cancel()
