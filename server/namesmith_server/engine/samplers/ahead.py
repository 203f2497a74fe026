"""Work that is begun ahead of its reader: a bounded number of pieces, read in their order.

in work    [ 3 ] [ 4 ]  <- begun together
read       0  1  2           a reader that pauses lets no further piece begin
"""

import asyncio
from collections import deque
from collections.abc import Coroutine
from types import TracebackType
from typing import Any, Generic, Self, TypeVar

T = TypeVar("T")


class Ahead(Generic[T]):
    """Pieces of work in order; at the end of its ``with`` block no piece is in work any longer."""

    def __init__(self) -> None:
        self._pieces: deque[asyncio.Task[T]] = deque()

    def __len__(self) -> int:
        return len(self._pieces)

    def begin(self, work: Coroutine[Any, Any, T]) -> None:
        """Begin the next piece."""
        self._pieces.append(asyncio.ensure_future(work))

    async def next(self) -> T:
        """Wait for the oldest piece and return its result, or raise its error."""
        result = await self._pieces[0]
        self._pieces.popleft()
        return result

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Cancel the pieces that nobody reads any more."""
        for piece in self._pieces:
            piece.cancel()
            piece.add_done_callback(_retrieve)


def _retrieve(piece: "asyncio.Task[Any]") -> None:
    """Retrieve the outcome of a piece that nobody reads, which asyncio would log otherwise."""
    if not piece.cancelled():
        piece.exception()
