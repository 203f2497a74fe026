"""The models of a server of one process: its own controller decides."""

import asyncio
from collections.abc import Callable

from namesmith_server.app import signals
from namesmith_server.app.daemon_thread import in_daemon_thread
from namesmith_server.app.models import Controller, Lead, LocalParticipant, ModelManager, Watcher
from namesmith_server.app.settings import Settings


def lead_alone(settings: Settings) -> Lead:
    """Return the function that has the manager of the only process serve.

    It raises LoadError where no model can be served.
    """

    async def lead(manager: ModelManager) -> Callable[[], object]:
        participant = LocalParticipant(manager, asyncio.get_running_loop())
        controller = Controller(settings, (participant,))
        await in_daemon_thread(controller.start)
        watcher = Watcher(controller, settings.watch)
        watcher.start()
        signals.on_reload(watcher.ask)
        return controller.stop

    return lead
