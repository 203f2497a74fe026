"""Conversion of requests: on the event loop where it takes a moment, otherwise in a thread."""

import asyncio
from collections.abc import Callable
from concurrent.futures import Executor
from functools import partial
from typing import TypeVar

from google.protobuf.message import Message

from namesmith_server.grpc.catalog import ServedModel
from namesmith_server.grpc.converters import TEXT_LISTS, ExcludedTexts, Lexicon
from namesmith_server.grpc.converters.constraint import ConstrainedRequest

MAX_INLINE_TEXTS = 64
"""Largest number of texts in a request that is converted on the event loop."""

MAX_INLINE_BYTES = 4 << 10
"""Size of the largest request with texts that is converted on the event loop: some 0.3 ms."""

T = TypeVar("T")


class Conversion:
    """Converts messages without holding the event loop up."""

    def __init__(self, executor: Executor, excluded: ExcludedTexts) -> None:
        """Set the thread that converts messages of much text, and the server's excluded texts."""
        self._executor = executor
        self._excluded = excluded

    async def lexicon(self, served: ServedModel) -> Lexicon:
        """Return the lexicon of a served model."""
        known = self._excluded.peek(served)
        if known is None:
            known = await self.run(partial(self._excluded.lexicon, served))
        return known

    async def convert(self, message: Message, texts: int, convert: Callable[[], T]) -> T:
        """Convert a message with a number of texts."""
        is_short = texts <= MAX_INLINE_TEXTS and message.ByteSize() <= MAX_INLINE_BYTES
        return convert() if is_short else await self.run(convert)

    async def convert_constrained(self, message: ConstrainedRequest, convert: Callable[[], T]) -> T:
        """Convert a request whose constraint alone may have much text."""
        if not message.HasField("constraint"):
            return convert()
        constraint = message.constraint
        texts = sum(len(getattr(constraint, one.field)) for one in TEXT_LISTS)
        return await self.convert(constraint, texts, convert)

    async def run(self, work: Callable[[], T]) -> T:
        """Do work in the thread."""
        return await asyncio.get_running_loop().run_in_executor(self._executor, work)
