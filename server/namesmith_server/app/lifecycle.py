"""The life of a server: listen, load, serve, drain."""

import asyncio
import ctypes
import gc
import logging
import os
import signal
import time
from collections.abc import Callable, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from types import MappingProxyType

import grpc

from namesmith_server.app.loading import load_repository, name_of_default
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import build_server, listen, watch_descriptors
from namesmith_server.grpc import Catalog, HealthService, RunningCalls

SIGNALS = (signal.SIGTERM, signal.SIGINT)
"""Signals that begin the drain."""

THREADS = min(4, os.cpu_count() or 1)
"""Number of threads that sample and score off the event loop; compiled code releases the GIL."""

M_MMAP_THRESHOLD = -3
"""Number of glibc's setting of the size from which a block is mapped by itself."""

LARGE_BLOCK = 1 << 19
"""Least number of bytes of a block that returns to the system as soon as it is freed."""

log = logging.getLogger(__name__)


NEWEST: Mapping[str, int] = MappingProxyType({})
"""The pinned versions of a server that serves the newest version of every model."""


async def serve(
    settings: Settings,
    on_serving: Callable[[int, float, Mapping[str, int]], None],
    supervisor: int | None = None,
    pinned: Mapping[str, int] = NEWEST,
) -> None:
    """Serve until SIGTERM or SIGINT, then finish the calls in flight.

    A SIGINT while the calls finish ends the process at once.

    Args:
        settings: settings of the server.
        on_serving: function that is called with the port, the duration of the start in seconds and
            the version of each model, once the server serves.
        supervisor: file descriptor that becomes readable when the supervisor of this process has
            ended, which begins the drain too.
        pinned: the one version of a model that may be served, by the name of the model.

    Raises:
        PortError: the address cannot be listened on.
        LoadError: no model can be served.
    """
    began = time.perf_counter()
    stop = _on_stop(supervisor)
    catalog, health, calls = Catalog(), HealthService(), RunningCalls()
    await health.report(serving=False)
    executor = ThreadPoolExecutor(THREADS, thread_name_prefix="engine")
    server = build_server(settings, catalog, health, calls)
    port = listen(server, settings)
    watch_descriptors()
    await server.start()
    try:
        served = await asyncio.to_thread(load_repository, settings, executor, pinned)
        catalog.fill(served, name_of_default(served, settings))
        await health.report(serving=True)
        freeze_heap()
        versions = {one.name: one.version for one in served}
        on_serving(port, round(time.perf_counter() - began, 3), versions)
        await stop.wait()
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
    """Exempt the loaded objects from garbage collection, and return free memory to the system.

    Large blocks, such as the layers of a conditioned chain, return as soon as they are freed: by
    itself glibc keeps blocks of up to 32 MiB once one has been freed.
    """
    gc.collect()
    gc.freeze()
    with suppress(OSError, AttributeError):  # another C library than glibc
        ctypes.CDLL(None).mallopt(M_MMAP_THRESHOLD, LARGE_BLOCK)
        ctypes.CDLL(None).malloc_trim(0)
