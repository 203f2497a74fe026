"""The watcher: a look at the repository every few seconds, and whenever an operator asks."""

import logging
import threading
from collections.abc import Callable
from queue import Empty, SimpleQueue

from namesmith_server.app.models.controller import Controller
from namesmith_server.grpc import ChangeRefusedError, StoppingError

log = logging.getLogger(__name__)


class Watcher:
    """A daemon thread that has the controller look at the repository."""

    def __init__(self, controller: Controller, seconds: float) -> None:
        """Set the controller, and the seconds between two looks; 0: only ``ask`` has it look."""
        self._controller = controller
        self._seconds = seconds or None
        self._asks: SimpleQueue[None] = SimpleQueue()

    def start(self) -> None:
        """Begin to watch, until the controller stops."""
        threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    def ask(self) -> None:
        """Have the controller reload soon, also while it is busy with a change.

        Any thread may ask, and a handler of signals too, which may interrupt another: a put into
        the queue is reentrant.
        """
        self._asks.put(None)

    def _watch(self) -> None:
        while True:
            is_asked = self._wait()
            try:
                self._look(self._controller.reload if is_asked else self._controller.look)
            except StoppingError:
                return

    def _wait(self) -> bool:
        """Wait until it is time to look; tell whether somebody has asked, once or more often."""
        try:
            self._asks.get(timeout=self._seconds)
        except Empty:
            return False
        while not self._asks.empty():  # this thread alone takes
            self._asks.get()
        return True

    @staticmethod
    def _look(look: Callable[[], object]) -> None:
        try:
            look()
        except StoppingError:
            raise
        except ChangeRefusedError:  # which the controller has logged
            return
        except Exception:
            log.exception("reload failed")
