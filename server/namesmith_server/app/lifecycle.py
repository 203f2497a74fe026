"""The life of a server: listen, load, serve, drain."""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

import grpc

from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import load_repository
from namesmith_server.app.server import Health, build, listen
from namesmith_server.app.settings import Settings
from namesmith_server.service.boundary import cut
from namesmith_server.service.catalog import Catalog, Served

SIGNALS = (signal.SIGTERM, signal.SIGINT)

THREADS = min(4, os.cpu_count() or 1)
"""That draw, score and evaluate off the event loop; the compiled walk runs on all at once."""

TELLING = 1
"""Seconds in which clients are told that their calls are cut; who does not read is not."""

log = logging.getLogger(__name__)


async def serve(
    settings: Settings, serving: Callable[[int, float], None], supervisor: int | None = None
) -> None:
    """Serves until SIGTERM or SIGINT, then finishes the calls in flight; a SIGINT cuts that.

    Args:
        settings: of the server.
        serving: is told the port, and the seconds that the start took, once the server serves.
        supervisor: becomes readable when the process that this one works for has ended.

    Raises:
        PortError: the address cannot be listened on.
        LoadError: nothing can be served.
    """
    began = time.perf_counter()
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if supervisor is not None:
        loop.add_reader(supervisor, stop.set)
    catalog, health = Catalog(), Health()
    await health.report(serving=False)
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
    server = build(settings, catalog, health)
    port = listen(server, settings)
    await server.start()
    try:
        served = await asyncio.to_thread(load_repository, settings, executor)
        catalog.fill(served, _default(served, settings))
        await health.report(serving=True)
        _settle()
        serving(port, round(time.perf_counter() - began, 3))
        await stop.wait()
        loop.add_signal_handler(signal.SIGINT, _cut)
        log.info("draining", extra={"grace_seconds": settings.grace_seconds})
    finally:
        await health.drain()
        await _stopped(server, settings.grace_seconds)
        executor.shutdown(cancel_futures=True)  # what nobody waits for any more
        catalog.close()


async def _stopped(server: grpc.aio.Server, grace: float) -> None:
    """Finishes the calls in flight; those that the grace is too short for end with a status."""
    stopping = asyncio.ensure_future(server.stop(grace + TELLING))
    await asyncio.wait({stopping}, timeout=grace)
    calls = cut()
    if calls:
        log.warning("calls cut", extra={"calls": calls})
    await stopping


def _cut() -> None:
    """Ends the process at once: somebody at a terminal does not want to wait for the drain."""
    log.warning("drain cut")
    os._exit(128 + signal.SIGINT)


def _default(served: list[Served], settings: Settings) -> str:
    names = sorted(one.name for one in served)
    if settings.default_model and settings.default_model not in names:
        raise LoadError(f"default model {settings.default_model!r}: the models are {names}")
    return settings.default_model or names[0]


def _settle() -> None:
    """Loading is over: what stays is not looked at again, what it took goes back."""
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).malloc_trim(0)
