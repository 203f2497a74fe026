"""The models of a server of one process, whose own controller decides, and the admin service."""

import asyncio
from collections.abc import Callable
from functools import partial

from namesmith_server.app import signals
from namesmith_server.app.daemon_thread import in_daemon_thread
from namesmith_server.app.models import Controller, Lead, LocalParticipant, ModelManager, Watcher
from namesmith_server.app.observability import events
from namesmith_server.app.settings import Settings


def lead_alone(settings: Settings) -> Lead:
    """Return the function that has the manager of the only process serve.

    It raises LoadError where no model can be served.
    """

    async def lead(manager: ModelManager) -> Callable[[], object]:
        participant = LocalParticipant(manager, asyncio.get_running_loop())
        controller = Controller(settings, (participant,), events.count_reload)
        admin = serve_admin(settings, controller)
        await in_daemon_thread(controller.start)
        watcher = Watcher(controller, settings.watch)
        watcher.start()
        signals.on_reload(watcher.ask)
        return partial(_end, controller, admin)

    return lead


def serve_admin(settings: Settings, controller: Controller) -> object:
    """Serve the admin service where the settings ask for it, for as long as the result is kept.

    Raises:
        PortError: its address cannot be listened on.
    """
    if not settings.admin_address:
        return None
    from namesmith_server.app.admin import AdminServer  # noqa: PLC0415 - where it is asked for

    server = AdminServer(settings.admin_address, controller)
    server.start()
    return server


def _end(controller: Controller, _admin: object) -> None:
    """End the changes; the admin service is kept, and says so until the process ends."""
    controller.stop()
