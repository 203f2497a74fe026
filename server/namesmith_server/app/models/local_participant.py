"""The process of the controller itself, as a participant."""

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

from namesmith_server.app.models.manager import ModelManager
from namesmith_server.app.models.participant import Faults
from namesmith_server.app.models.plan import Plan

T = TypeVar("T")


class LocalParticipant:
    """A ``Participant`` on the event loop of another thread."""

    def __init__(self, manager: ModelManager, loop: asyncio.AbstractEventLoop) -> None:
        self._manager = manager
        self._loop = loop

    def prepare(self, plan: Plan) -> Faults:
        """Prepare the plan on the event loop."""
        return self._run(self._manager.prepare(plan))

    def commit(self, plan: Plan) -> None:
        """Commit the plan on the event loop, between two calls."""
        self._run(self._manager.commit(plan))

    def _run(self, work: Coroutine[Any, Any, T]) -> T:
        return asyncio.run_coroutine_threadsafe(work, self._loop).result()
