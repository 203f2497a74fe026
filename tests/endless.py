"""Work without end, which stops at a checkpoint once no caller waits for it."""

import threading

from namesmith_server.engine.core import checkpoint

PATIENCE = 30
"""Seconds after which an event that should come at once is taken never to come."""


class EndlessWork:
    """A computation that calls checkpoints until a checkpoint raises.

    Attributes:
        size: bytes of the work as a value of a cache.
        begun: set once the computation runs.
        ended: set once it was ended.
    """

    size = 1

    def __init__(self) -> None:
        self.begun = threading.Event()
        self.ended = threading.Event()

    def run(self) -> "EndlessWork":
        """Call checkpoints until a checkpoint raises."""
        self.begun.set()
        try:
            while True:
                checkpoint()
        finally:
            self.ended.set()
