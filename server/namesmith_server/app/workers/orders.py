"""The orders of the supervisor, as a worker carries them out."""

import asyncio
import logging
import threading
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import Connection

from namesmith_server.app.errors import StartError
from namesmith_server.app.models import LocalParticipant, ModelManager
from namesmith_server.app.workers.messages import (
    Answer,
    Committed,
    Failed,
    Order,
    Prepare,
    Prepared,
)

UNEXPECTED = "an error in the worker, which its log tells"
"""Reason of a failure that is nobody's fault but the program's."""

log = logging.getLogger(__name__)


class Orders:
    """Reads the line in a thread, does what each order says, and answers it.

    Attributes:
        serving: event to set when the server serves; the first commit is answered then.
    """

    def __init__(self, line: Connection) -> None:
        self.serving = threading.Event()
        self._line = line

    async def lead(self, manager: ModelManager) -> Callable[[], object]:
        """Have the manager serve what is ordered; return when it has committed its first plan."""
        loop = asyncio.get_running_loop()
        committed = asyncio.Event()
        participant = LocalParticipant(manager, loop)

        def obey() -> None:
            with suppress(EOFError, OSError):  # the supervisor has ended
                while True:
                    answer = _answer(self._line.recv(), participant)
                    if isinstance(answer, Committed) and not committed.is_set():
                        loop.call_soon_threadsafe(committed.set)
                        self.serving.wait()
                    self._line.send(answer)

        threading.Thread(target=obey, name="orders", daemon=True).start()
        await committed.wait()
        return lambda: None


def _answer(order: Order, participant: LocalParticipant) -> Answer:
    """Carry an order out, and return the answer."""
    try:
        if isinstance(order, Prepare):
            return Prepared(participant.prepare(order.plan))
        participant.commit(order.plan)
    except StartError as error:
        return Failed(str(error))
    except Exception:
        log.exception("order failed")
        return Failed(UNEXPECTED)
    return Committed()
