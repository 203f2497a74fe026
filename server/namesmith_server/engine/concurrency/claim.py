"""A claim: the bytes that one piece of work may hold."""

from concurrent.futures import Future
from typing import Any


class OutgrownError(Exception):
    """Work needs more bytes than its claim; it is done again under a larger one.

    Attributes:
        needed: bytes that the work needs at least.
    """

    def __init__(self, needed: int) -> None:
        super().__init__(needed)
        self.needed = needed


class Claim:
    """Bytes that a piece of work may hold; its tasks use it one at a time.

    Attributes:
        size: bytes that the ledger counts.
        most: bytes that the work may hold, at least ``size``.
        held: bytes that the work has reserved.
        tasks: tasks of the work that have not ended: of a caller that left, a task ends at its next
            checkpoint.
    """

    def __init__(self, size: int, most: int | None = None) -> None:
        self.size = size
        self.most = size if most is None else most
        self.held = 0
        self.tasks: set[Future[Any]] = set()

    def reserve(self, size: int) -> None:
        """Count further bytes that the work will hold.

        Raises:
            OutgrownError: the work would hold more than it may.
        """
        self.held += size
        if self.held > self.most:
            raise OutgrownError(self.held)
