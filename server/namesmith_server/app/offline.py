"""The server inside another program's process: no port, no signals, the same answers.

It serves on a socket in a folder that nobody else can enter. So a client in the same process calls
the very services of a server, and whatever they answer or refuse is the same.
"""

import asyncio
import logging
from collections.abc import Iterator
from concurrent.futures import Future
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from threading import Thread

from namesmith_server.app.daemon_thread import in_daemon_thread
from namesmith_server.app.errors import StartError
from namesmith_server.app.lifecycle import THREADS
from namesmith_server.app.models import Controller, LocalParticipant, ModelManager, Orders
from namesmith_server.app.settings import EMBEDDED, Settings
from namesmith_server.app.transport import build_server, listen
from namesmith_server.app.wanted_versions import WantedVersions
from namesmith_server.engine import Ledger, background_threads
from namesmith_server.grpc import Catalog, HealthService, RunningCalls


@contextmanager
def serve_offline(models: Path | None = None, reference: str = "") -> Iterator[str]:
    """Serve models in a thread of this process, and provide the address that clients call.

    The entry point of the group ``namesmith.offline``, which the client looks for.

    Args:
        models: repository of bundles; None: the embedded one.
        reference: the model that is wanted, as a client names it; empty: the default model of the
            embedded repository, and every model of another.

    Raises:
        ValueError: no model can be served; the message says why.
    """
    # The log is the program's to show: without a handler, its bare words go to standard error.
    logging.getLogger("namesmith_server").addHandler(logging.NullHandler())
    wanted = WantedVersions.parse(reference)
    with TemporaryDirectory(prefix="namesmith-") as folder:  # which only this user may enter
        settings = Settings(
            models=models or EMBEDDED,
            only=wanted.names,
            versions=wanted.policy,
            address=f"unix:{folder}/socket",
            max_connection_age=0,
            oip=False,
        )
        server = _Server(settings, Orders(loaded=wanted.pinned))
        server.start()
        try:
            server.serving.result()
            yield settings.address
        except StartError as error:
            raise ValueError(str(error)) from error
        finally:
            server.stop()


class _Server(Thread):
    """A thread that serves from ``start`` to ``stop``.

    Attributes:
        serving: done once calls are served; failed where they cannot be.
    """

    def __init__(self, settings: Settings, orders: Orders) -> None:
        """Set what is served: the orders come before the policy of the settings."""
        super().__init__(name="offline", daemon=True)
        self.serving: Future[None] = Future()
        self._settings = settings
        self._orders = orders
        self._loop = asyncio.new_event_loop()
        self._over = asyncio.Event()

    def run(self) -> None:
        with asyncio.Runner(loop_factory=lambda: self._loop) as runner:
            runner.run(self._live())

    def stop(self) -> None:
        """End the calls, and wait until the models are let go."""
        self._loop.call_soon_threadsafe(self._over.set)
        self.join()

    async def _live(self) -> None:
        settings, catalog, health = self._settings, Catalog(), HealthService()
        server = build_server(settings, catalog, health, RunningCalls())
        with background_threads(THREADS, "engine") as executor:
            # The memory is the program's own: nobody else's work is in it.
            manager = ModelManager(settings, catalog, health, executor, Ledger())
            participant = LocalParticipant(manager, asyncio.get_running_loop())
            try:
                controller = Controller(settings, (participant,), orders=self._orders)
                await in_daemon_thread(controller.start)
                listen(server, settings)
                await server.start()
            except StartError as error:
                self.serving.set_exception(error)
            else:
                health.report(serving=True)
                self.serving.set_result(None)
            await self._over.wait()
            await server.stop(None)
            catalog.close()
