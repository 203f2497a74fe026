"""Taking in the requests of a method: received in their time, opened within bounds, and counted."""

import asyncio
from collections.abc import AsyncGenerator, Callable
from concurrent.futures import Executor
from functools import partial
from typing import Any

from google.protobuf.message import Message

from namesmith.limits import NEXT_MESSAGE_SECONDS, REQUEST_SECONDS
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.edge.bounds import bounds_of
from namesmith_server.grpc.edge.hold import Hold
from namesmith_server.grpc.edge.opening import COMPRESSED, FEW_BYTES, Opener
from namesmith_server.grpc.edge.patience import Patience
from namesmith_server.grpc.errors import DeadlineError, InvalidArgumentError, Violation

OBJECT_COST = 8
"""Ratio of a message's objects to its bytes: a name of six letters takes 8 bytes, its object 55."""

UNCOUNTED_BYTES = 1_024
"""Size of the largest request and response that the budget does not count."""


class Intake:
    """The intake of a method whose calls have one request.

    Args:
        method: name of the method, which its bounds depend on.
        deserializer: function that parses the bytes of a request.
        patience: the places in which requests are received.
        executor: thread that opens long requests, one after the other.
    """

    def __init__(
        self,
        method: str,
        deserializer: Callable[[bytes], Message],
        patience: Patience,
        executor: Executor,
    ) -> None:
        self._opener = Opener(deserializer, bounds_of(method))
        self._patience, self._executor = patience, executor

    async def take(self, context: Context, hold: Hold) -> Any:  # noqa: ANN401 - one message, or many
        """Receive the only request of a call; its bytes are held until the hold ends.

        Raises:
            DeadlineError: the call was late when its request was there.
            InvalidArgumentError: the call has no request.
        """
        raw = await self._patience.read(context)
        if raw is None:
            raise InvalidArgumentError([Violation("request", "was not sent")])
        if len(raw) <= UNCOUNTED_BYTES and not raw.startswith(COMPRESSED):
            message = self._opener.parse(raw)
        else:
            message = await self._open(raw, hold)
        left = context.time_remaining()
        if left is not None and left <= 0:
            raise DeadlineError
        return message

    async def _open(self, raw: bytes, hold: Hold) -> Message:
        """Make a message of bytes, off the event loop where it is long."""
        size = self._opener.size(raw)
        hold.begin(size * OBJECT_COST)
        if size <= FEW_BYTES:
            return self._opener.open(raw, size)
        opening = partial(self._opener.open, raw, size)
        return await asyncio.get_running_loop().run_in_executor(self._executor, opening)


class IntakeOfMany(Intake):
    """The intake of a method whose calls have a stream of requests."""

    async def take(self, context: Context, hold: Hold) -> AsyncGenerator[Message, None]:
        """Return an iterator over the requests of a call, each held until the next is asked for."""
        return self._messages(context, hold)

    async def _messages(self, context: Context, hold: Hold) -> AsyncGenerator[Message, None]:
        seconds: float = REQUEST_SECONDS
        while (raw := await self._patience.read(context, seconds)) is not None:
            yield await self._open(raw, hold)
            hold.end()
            seconds = NEXT_MESSAGE_SECONDS
