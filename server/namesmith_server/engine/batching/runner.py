"""The interface of a runner: it holds the sequences in flight and advances them."""

from abc import ABC, abstractmethod

from namesmith_server.engine.batching.scheduled_request import ScheduledRequest


class Runner(ABC):
    """Advances the sequences of many requests; used from one thread.

    Attributes:
        capacity: largest number of sequences in flight.
    """

    capacity: int

    @abstractmethod
    def __len__(self) -> int:
        """Return the number of sequences in flight."""

    @property
    def room(self) -> int:
        """Number of sequences that may join."""
        return self.capacity - len(self)

    @abstractmethod
    def add(self, request: ScheduledRequest, count: int) -> None:
        """Begin the next ``count`` sequences of a request."""

    @abstractmethod
    def remove(self, request: ScheduledRequest) -> None:
        """Take a request's sequences out."""

    @abstractmethod
    def requests(self) -> list[ScheduledRequest]:
        """Return the requests that have sequences in flight."""

    @abstractmethod
    def step(self, most: int | None) -> list[ScheduledRequest]:
        """Advance sequences, at most ``most`` of each request where it is given.

        Returns the requests of which the last sequence has ended.
        """

    def close(self) -> None:  # noqa: B027 - a runner on the host has nothing to free
        """Free what the runner holds outside this process."""
