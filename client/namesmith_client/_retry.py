"""The rules by which a failed call is tried again."""

import random
import time
from dataclasses import dataclass

from namesmith_client.errors import NamesmithError, ResourceExhaustedError

MAX_ATTEMPTS = 5
"""Largest number of tries of a call: gRPC makes no more."""

MAX_BACKOFF = 60.0
"""Longest wait between two tries, in seconds."""


JITTER = 0.2
"""Largest part of a delay that is added to it, so that callers refused at once come apart."""


@dataclass(frozen=True)
class Retry:
    """The number of tries of a call, and the waits between them.

    A call that finds no server, or one that is not ready (UNAVAILABLE), is tried again after
    ``first_backoff`` seconds, then after ``multiplier`` times as long each time, up to
    ``most_backoff``, each wait a fifth more or less. A call that an overloaded server refuses
    (RESOURCE_EXHAUSTED) is tried again after the delay that the server tells, of ``first_backoff``
    at least and up to a fifth more, where the deadline leaves time for it.

    Attributes:
        attempts: number of tries of a call, the first included, in [2, 5].
        first_backoff: wait before the second try in seconds, in (0, 60].
        most_backoff: longest wait in seconds, in [first_backoff, 60].
        multiplier: growth of the wait, in [1, 10].

    Raises:
        ValueError: a number is out of its range.
    """

    attempts: int = MAX_ATTEMPTS
    first_backoff: float = 0.1
    most_backoff: float = 3.0
    multiplier: float = 4.0

    def __post_init__(self) -> None:
        for name, low, high in (
            ("attempts", 2, MAX_ATTEMPTS),
            ("most_backoff", self.first_backoff, MAX_BACKOFF),
            ("multiplier", 1, 10),
        ):
            value = getattr(self, name)
            if not low <= value <= high:
                raise ValueError(f"{name}: {value} is not in [{low}, {high}]")
        if not self.first_backoff > 0:
            raise ValueError(f"first_backoff: {self.first_backoff} is not in (0, {MAX_BACKOFF:g}]")


class Tries:
    """The tries of one call that an overloaded server may refuse.

    Args:
        retry: the rules; None: one try.
        timeout: seconds that all tries together may take; None: no limit.
    """

    def __init__(self, retry: Retry | None, timeout: float | None) -> None:
        self._retry = retry
        self._left = 0 if retry is None else retry.attempts - 1
        self._end = None if timeout is None else time.monotonic() + timeout

    def remaining(self) -> float | None:
        """Return the seconds that the next try may take; None: no limit."""
        return None if self._end is None else max(self._end - time.monotonic(), 0.0)

    def wait_after(self, error: NamesmithError) -> float | None:
        """Return the seconds to wait before the next try; None: no other try follows."""
        told = error.retry_delay if isinstance(error, ResourceExhaustedError) else None
        if self._retry is None or told is None or not self._left:
            return None
        wait = self._in_time(max(told, self._retry.first_backoff))
        self._left -= wait is not None
        return wait

    def wait_after_break(self) -> float | None:
        """Return the seconds to wait before a broken stream is resumed; None: it is not resumed.

        The tries of the call count anew: results have come since the last one.
        """
        if self._retry is None:
            return None
        self._left = self._retry.attempts - 1
        return self._in_time(self._retry.first_backoff)

    def _in_time(self, delay: float) -> float | None:
        """Return a delay and up to a fifth more; None where the deadline leaves no time for it."""
        remaining, more = self.remaining(), JITTER * delay
        if remaining is not None:
            if remaining <= delay:
                return None
            more = min(more, (remaining - delay) / 2)  # the try itself needs the other half
        return delay + more * random.random()  # noqa: S311 - no secret
