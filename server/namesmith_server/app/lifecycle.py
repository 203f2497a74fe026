"""The life of a server: listen, load, serve, drain."""

import asyncio
import gc
import logging
import os
import signal
import time
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor

import grpc

from namesmith_server.app.loading import load_repository, name_of_default
from namesmith_server.app.memory import keep_within, memory_limit
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import build_server, listen
from namesmith_server.engine import Ledger, configure_allocator
from namesmith_server.grpc import Catalog, HealthService, RunningCalls

SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""Signals that begin the drain."""

THREADS = min(4, os.cpu_count() or 1)
"""Number of threads that sample and score off the event loop; compiled code releases the GIL."""

log = logging.getLogger(__name__)


async def serve(
    settings: Settings, on_serving: Callable[[int, float], None], supervisor: int | None = None
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the calls in flight.

    A SIGINT while the calls finish ends the process at once.

    Args:
        settings: settings of the server.
        on_serving: function that is called with the port and the duration of the start in seconds,
            once the server serves.
        supervisor: file descriptor that becomes readable when the supervisor of this process has
            ended, which begins the drain too.

    Raises:
        PortError: the address cannot be listened on.
        LoadError: no model can be served.
    """
    began = time.perf_counter()
    stop = _on_stop(supervisor)
    catalog, health, calls = Catalog(), HealthService(), RunningCalls()
    configure_allocator()
    limit, ledger = memory_limit(settings), Ledger()
    await health.report(serving=False)
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
    server = build_server(settings, catalog, health, calls)
    port = listen(server, settings)
    await server.start()
    try:
        served = await asyncio.to_thread(load_repository, settings, executor, ledger=ledger)
        keeper = asyncio.ensure_future(keep_within(limit, ledger).run())
        catalog.fill(served, name_of_default(served, settings))
        await health.report(serving=True)
        freeze_heap()
        on_serving(port, round(time.perf_counter() - began, 3))
        await stop.wait()
        keeper.cancel()
        asyncio.get_running_loop().add_signal_handler(signal.SIGINT, abort)
        log.info("draining", extra={"grace_seconds": settings.grace_seconds})
    finally:
        await health.drain()
        await drain(server, calls, settings.grace_seconds)
        executor.shutdown(cancel_futures=True)  # no call is left to wait for the results
        catalog.close()


def _on_stop(supervisor: int | None) -> asyncio.Event:
    """Return an event that the first signal sets, or the end of the supervisor."""
    stop, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in SIGNALS:
        loop.add_signal_handler(number, stop.set)
    if supervisor is not None:
        loop.add_reader(supervisor, stop.set)
    return stop


async def drain(server: grpc.aio.Server, calls: RunningCalls, grace: float) -> None:
    """Finish the calls in flight; calls that last longer than ``grace`` end with UNAVAILABLE.

    Args:
        server: server of the calls.
        calls: calls in progress.
        grace: seconds, >= 0.
    """
    stopping = asyncio.ensure_future(server.stop(grace + CANCEL_GRACE))
    await asyncio.wait({stopping}, timeout=grace)
    cancelled = calls.cancel()
    if cancelled:
        log.warning("calls cut", extra={"calls": cancelled})
    await stopping


def abort() -> None:
    """End the process at once, without the drain: for a second Ctrl-C at a terminal."""
    log.warning("drain cut")
    os._exit(128 + signal.SIGINT)


def freeze_heap() -> None:
    """Exempt the loaded objects from garbage collection."""
    gc.collect()
    gc.freeze()
