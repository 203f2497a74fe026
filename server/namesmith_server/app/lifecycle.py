"""The life of a server: listen, load, serve, drain."""

import asyncio
import gc
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Coroutine, Mapping
from typing import NoReturn, TypeVar

import uvloop

from namesmith_server.app import signals
from namesmith_server.app.drain import CLOSING, drain
from namesmith_server.app.leaving import leave
from namesmith_server.app.loading import NEWEST, load_repository, name_of_default
from namesmith_server.app.memory import keep_within, memory_limit
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import build_server, listen, watch_descriptors
from namesmith_server.app.watchdog import Watchdog
from namesmith_server.engine import Ledger, background_threads, configure_allocator
from namesmith_server.grpc import Catalog, HealthService, RunningCalls

THREADS = min(4, os.cpu_count() or 1)
"""Number of threads that sample and score off the event loop; compiled code releases the GIL."""

OVERDUE = CANCEL_GRACE + CLOSING + 1.0
"""Seconds after the end of the grace at which a process leaves whose event loop does not finish the
drain."""

SWITCH_SECONDS = 0.002
"""Seconds for which a thread that works keeps the interpreter from the event loop. An answer takes
several turns of the loop, and each waits that long beside a busy thread. Beside large questions the
slowest health answer took 260 to 860 ms with Python's own 5 ms and takes some 100 ms with 2; at
0.5 ms the switches themselves take a third of the plain calls."""

Result = TypeVar("Result")

log = logging.getLogger(__name__)


def run_then_leave(life: Coroutine[object, object, None]) -> NoReturn:
    """Run the life of a server on an event loop of its own, and end the process with 0.

    The loop is never closed: asyncio would cancel the calls, and wait for threads.
    """
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    runner.run(life)
    leave(0)


async def serve(
    settings: Settings,
    on_serving: Callable[[int, float, Mapping[str, int]], None],
    supervisor: int | None = None,
    pinned: Mapping[str, int] = NEWEST,
) -> None:
    """Serve until a signal stops the server, then finish the calls in flight.

    A signal before that moment ends the process at once, and so does a SIGINT while the calls
    finish.

    Args:
        settings: settings of the server.
        on_serving: function that is called with the port, the duration of the start in seconds and
            the version of each model, once the server serves.
        supervisor: file descriptor that becomes readable when the supervisor of this process has
            ended, which stops the server too.
        pinned: the one version of a model that may be served, by the name of the model.

    Raises:
        PortError: the address cannot be listened on.
        LoadError: no model can be served.
    """
    began = time.perf_counter()
    if supervisor is not None:
        _stop_with(supervisor)
    catalog, health, calls = Catalog(), HealthService(), RunningCalls()
    configure_allocator()
    sys.setswitchinterval(SWITCH_SECONDS)
    limit, ledger = memory_limit(settings), Ledger()
    executor = background_threads(THREADS, "engine")
    server = build_server(settings, catalog, health, calls, limit.requests)
    port = listen(server, settings)
    watch_descriptors()
    await server.start()
    served = await in_daemon_thread(
        lambda: load_repository(settings, executor, pinned, ledger=ledger)
    )
    keeper = asyncio.ensure_future(keep_within(limit, ledger).run())
    catalog.fill(served, name_of_default(served, settings))
    freeze_heap()
    stopped = _on_stop(settings.stopping_seconds)
    health.report(serving=True)
    versions = {one.name: one.version for one in served}
    on_serving(port, round(time.perf_counter() - began, 3), versions)
    await _watch_until(stopped, calls, health)
    await drain(calls, health, settings.drain_delay_seconds, settings.grace_seconds)
    keeper.cancel()


async def _watch_until(stopped: asyncio.Event, calls: RunningCalls, health: HealthService) -> None:
    """Watch the event loop until a signal stops the server."""
    watchdog = Watchdog(lambda: len(calls) > len(health.watches))
    calls.on_arrival = watchdog.hasten
    await stopped.wait()
    watchdog.stop()


async def in_daemon_thread(work: Callable[[], Result]) -> Result:
    """Return the result of work that the end of the process does not wait for."""
    loop = asyncio.get_running_loop()
    outcome: asyncio.Future[Result] = loop.create_future()

    def run() -> None:
        try:
            result = work()
        except BaseException as error:  # noqa: BLE001 - raised where the outcome is awaited
            loop.call_soon_threadsafe(outcome.set_exception, error)
        else:
            loop.call_soon_threadsafe(outcome.set_result, result)

    threading.Thread(target=run, name="loading", daemon=True).start()
    return await outcome


def _stop_with(supervisor: int) -> None:
    """Stop this server when its supervisor has ended."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        loop.remove_reader(supervisor)
        signals.stop()

    loop.add_reader(supervisor, stop)


def _on_stop(seconds: float) -> asyncio.Event:
    """Return an event that the first signal sets; a later SIGINT ends the process at once.

    Args:
        seconds: time from the signal to the end of the grace.
    """
    stopped, loop = asyncio.Event(), asyncio.get_running_loop()

    def stop_first(_number: int) -> None:
        signals.on_stop(stop_again)
        _leave_at_last(seconds + OVERDUE)
        loop.call_soon_threadsafe(stopped.set)

    def stop_again(number: int) -> None:
        # At a terminal, a second Ctrl-C.
        if number == signal.SIGINT:
            log.warning("drain cut")
            leave(128 + signal.SIGINT)

    signals.on_stop(stop_first)
    return stopped


def _leave_at_last(seconds: float) -> None:
    """End the process after some seconds, whatever the event loop does."""

    def wait() -> None:
        time.sleep(seconds)
        log.error("drain overdue")
        leave(1)

    threading.Thread(target=wait, name="overdue", daemon=True).start()


def freeze_heap() -> None:
    """Exempt the loaded objects from garbage collection."""
    gc.collect()
    gc.freeze()
