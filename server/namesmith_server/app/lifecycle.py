"""The life of a server: listen, load, serve, drain."""

import asyncio
import logging
import os
import signal
import sys
import threading
import time
from collections.abc import Callable, Collection, Coroutine
from functools import partial
from typing import NoReturn

import grpc
import uvloop

from namesmith_server.app import signals
from namesmith_server.app.drain import CLOSING, drain
from namesmith_server.app.excludes import read_excludes
from namesmith_server.app.leaving import leave
from namesmith_server.app.memory import MemoryKeeping, memory_limit
from namesmith_server.app.models import Lead, ModelManager, Plan
from namesmith_server.app.observability import Observation, events
from namesmith_server.app.security import open_guard, read_secrets
from namesmith_server.app.settings import CANCEL_GRACE, Settings
from namesmith_server.app.transport import (
    Certificates,
    build_server,
    listen,
    open_certificates,
    watch_descriptors,
)
from namesmith_server.app.watchdog import Watchdog
from namesmith_server.engine import Admission, Ledger, background_threads, configure_allocator
from namesmith_server.grpc import Catalog, HealthService, RunningCalls, ServedModel

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

log = logging.getLogger(__name__)


def run_then_leave(life: Coroutine[object, object, None]) -> NoReturn:
    """Run the life of a server on an event loop of its own, and end the process with 0.

    The loop is never closed: asyncio would cancel the calls, and wait for threads.
    """
    runner = asyncio.Runner(loop_factory=uvloop.new_event_loop)
    runner.run(life)
    leave(0)


async def serve(  # noqa: PLR0913 - what a process and a worker do differently
    settings: Settings,
    lead: Lead,
    on_serving: Callable[[int, float, Plan], None],
    supervisor: int | None = None,
    tell: Callable[[Observation], object] = lambda _: None,
    *,
    joins: bool = False,
) -> None:
    """Serve until a signal stops the server, then finish the calls in flight.

    A signal before that moment ends the process at once, and so does a SIGINT while the calls
    finish.

    Args:
        settings: settings of the server.
        lead: function that has the manager of the models serve.
        on_serving: function that is called with the port, the duration of the start in seconds and
            the first plan, once the server serves.
        supervisor: file descriptor that becomes readable when the supervisor of this process has
            ended, which stops the server too.
        tell: function that lets others read the observation of this process.
        joins: whether other processes serve on the address already; then this one listens once it
            serves too, instead of telling the loads as NOT_SERVING.

    Raises:
        PortError: the address cannot be listened on, or a TLS file cannot be served.
        ExcludesError: the file of the excluded texts cannot be used.
        TokensError: the file of the tokens cannot be used.
        SecretsError: a file of a secret cannot be used.
        LoadError: no model can be served.
    """
    began = time.perf_counter()
    _settle_process(supervisor)
    catalog, health, calls = Catalog(), HealthService(), RunningCalls()
    limit, ledger = memory_limit(settings), Ledger()
    admission = Admission(settings.max_names, most_of_one=settings.max_caller_names)
    observation = Observation(settings, admission, ledger)
    certificates = _observed_certificates(settings)
    server = build_server(
        settings,
        catalog,
        health,
        calls,
        limit.requests,
        guard=open_guard(settings),
        secrets=read_secrets(settings),
        admission=admission,
        observer=observation.observer,
        excludes=read_excludes(settings),
    )
    begin = partial(_begin, server, settings, certificates)
    port = 0 if joins else await begin()
    tell(observation)
    watch_descriptors()
    memory = MemoryKeeping(limit, ledger)
    executor = background_threads(THREADS, "engine")
    manager = ModelManager(settings, catalog, health, executor, ledger, memory.begin, _note_models)
    end_changes = await lead(manager)
    stopped = _on_stop(settings.stopping_seconds)
    health.report(serving=True)
    port = port or await begin()
    on_serving(port, round(time.perf_counter() - began, 3), manager.plan)
    await _watch_until(stopped, calls, health, observation)
    end_changes()
    await drain(calls, health, settings.drain_delay_seconds, settings.grace_seconds)
    memory.end()


def _settle_process(supervisor: int | None) -> None:
    """Set the allocator, the switches of threads, and the end of this process with another's."""
    if supervisor is not None:
        _stop_with(supervisor)
    configure_allocator()
    sys.setswitchinterval(SWITCH_SECONDS)


def _observed_certificates(settings: Settings) -> Certificates | None:
    """Open the certificates, and have events tell how they are replaced and when they end."""
    certificates = open_certificates(settings)
    if certificates is None:
        return None

    def reloaded(outcome: str) -> None:
        events.count_certificate_reload(outcome)
        events.set_certificate_expiry(certificates.ends)

    certificates.on_reload(reloaded)
    events.set_certificate_expiry(certificates.ends)
    return certificates


def _note_models(served: Collection[ServedModel], invalid: Collection[str]) -> None:
    """Have the events of this process tell the models that are served, and those that are not."""
    events.set_models(served)
    events.set_invalid_models(len(invalid))


async def _begin(
    server: grpc.aio.Server, settings: Settings, certificates: Certificates | None
) -> int:
    """Listen and begin to serve; return the port."""
    port = listen(server, settings, certificates)
    await server.start()
    return port


async def _watch_until(
    stopped: asyncio.Event, calls: RunningCalls, health: HealthService, observation: Observation
) -> None:
    """Watch the event loop until a signal stops the server."""
    watchdog = Watchdog(lambda: len(calls) > len(health.watches))
    calls.on_arrival = watchdog.hasten
    observation.serving.watchdog = watchdog
    await stopped.wait()
    watchdog.stop()


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
