"""The watcher: a look at the repository every few seconds, and whenever an operator asks."""

import logging
import threading
from collections.abc import Callable

from namesmith_server.app.models.controller import Controller
from namesmith_server.grpc import ChangeRefusedError, StoppingError

log = logging.getLogger(__name__)


class Watcher:
    """A daemon thread that has the controller look at the repository."""

    def __init__(self, controller: Controller, seconds: float) -> None:
        """Set the controller, and the seconds between two looks; 0: only ``ask`` has it look."""
        self._controller = controller
        self._seconds = seconds or None
        self._asked = threading.Event()

    def start(self) -> None:
        """Begin to watch, until the controller stops."""
        threading.Thread(target=self._watch, name="watcher", daemon=True).start()

    def ask(self) -> None:
        """Have the controller reload soon, also while it is busy with a change; from any thread."""
        self._asked.set()

    def _watch(self) -> None:
        while True:
            is_asked = self._asked.wait(self._seconds)
            self._asked.clear()
            try:
                self._look(self._controller.reload if is_asked else self._controller.look)
            except StoppingError:
                return

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
