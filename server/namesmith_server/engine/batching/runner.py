"""The interface of a runner: it holds the sequences in flight, and advances them.

The scheduler decides which sequences join and how many advance. A runner draws them where it likes:
``HostRunner`` on the host, from the distributions that a backend answers.
"""

from abc import ABC, abstractmethod

from namesmith_server.engine.batching.scheduled_request import ScheduledRequest


class Runner(ABC):
    """Sequences in flight, used from one thread.

    Attributes:
        size: bytes of the distributions that the runner may come to keep.
        capacity: largest number of sequences in flight.
        alone: largest number of sequences in flight of one caller that no other waits beside; less
            than ``capacity``, so that a newcomer finds room at once.
        share: largest number of sequences of one caller that advance in a step while sequences of
            others are in flight or wait; its others pause.
    """

    size: int = 0
    capacity: int
    alone: int
    share: int

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of sequences in flight."""

    @abstractmethod
    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in flight, in the order of their arrival."""

    @abstractmethod
    def add(self, request: ScheduledRequest, count: int) -> None:
        """Let the next ``count`` sequences of a request join; there is room for them."""

    @abstractmethod
    def remove(self, request: ScheduledRequest) -> None:
        """Take the sequences of a request out; it may have none."""

    @abstractmethod
    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Advance the sequences by at least a symbol each; return the requests that are finished.

        An error leaves all sequences as they are, or further on, so that the others can go on once
        the requests at fault have been removed.

        Args:
            most: largest number of sequences of one request that advance; None: all of them.
        """

    @abstractmethod
    def failure(self, request: ScheduledRequest) -> Exception | None:
        """Return the error of a step of a request's sequences alone; None where it succeeds."""

    def close(self) -> None:  # noqa: B027 - a runner that holds memory alone has nothing to end
        """Let the resources of the runner go."""
