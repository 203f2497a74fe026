"""Connections: so many for one address, and none that stays silent."""

import asyncio
from collections import Counter

from uvicorn.protocols.http.h11_impl import H11Protocol


def bounded(share: int, seconds: float) -> type[H11Protocol]:
    """Return a protocol of uvicorn whose connections are bounded.

    Args:
        share: largest number of connections of one address; a further one is closed at once.
        seconds: seconds in which the head of the next request has to be whole.
    """
    settings = {"share": share, "seconds": seconds, "open_ones": Counter[str]()}
    return type("Connection", (_Connection,), settings)


class _Connection(H11Protocol):
    """A connection; uvicorn's own clock starts with its first answer, this one at once."""

    share: int
    seconds: float
    open_ones: Counter[str]
    _clock: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """Count the connection, or close it."""
        super().connection_made(transport)
        self.open_ones[self._address] += 1
        if self.open_ones[self._address] > self.share:
            transport.abort()
        else:
            self._start_clock()

    def connection_lost(self, exc: Exception | None) -> None:
        """Count the connection no longer."""
        super().connection_lost(exc)
        self._stop_clock()
        self.open_ones[self._address] -= 1
        if not self.open_ones[self._address]:
            del self.open_ones[self._address]

    def on_response_complete(self) -> None:
        """Wait for the next request."""
        super().on_response_complete()
        self._start_clock()

    @property
    def _address(self) -> str:
        return self.client[0] if self.client else ""

    def _start_clock(self) -> None:
        self._stop_clock()
        self._clock = self.loop.call_later(self.seconds, self._end_if_silent)

    def _stop_clock(self) -> None:
        if self._clock:
            self._clock.cancel()

    def _end_if_silent(self) -> None:
        if self.cycle is None or self.cycle.response_complete:
            self.transport.close()
