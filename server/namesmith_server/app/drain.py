"""The drain: from the signal that stops a server to the last byte of its answers.

draining   health is NOT_SERVING, and everything else goes on, until the calls that the signal has
           met have ended;
stopping   the port is closed, new calls are refused, the calls that have begun end;
ended      each connection is closed behind what was written to it.

gRPC's own stop has no part in it: it answers CANCELLED to the calls that arrive while it runs.
"""

import asyncio
import logging

from namesmith_server.app.connections import Connections
from namesmith_server.app.settings import CANCEL_GRACE
from namesmith_server.grpc import HealthService, RunningCalls, ended

MIN_DRAINING = 0.5
"""Least number of seconds of draining within the grace: a call that was under way to its handler
when the signal came is answered too."""

CLOSING = 1.0
"""Seconds in which clients close their ends of connections that no call uses any more."""

log = logging.getLogger(__name__)


async def drain(calls: RunningCalls, health: HealthService, grace: float) -> None:
    """Finish the calls in progress; calls that last longer than ``grace`` end with UNAVAILABLE.

    Args:
        calls: calls in progress.
        health: health service of the same server.
        grace: seconds, >= 0.
    """
    log.info("draining", extra={"grace_seconds": grace})
    clock = asyncio.get_running_loop().time
    deadline = clock() + grace
    health.report(serving=False)
    met = ended(calls.now - health.watches, grace)
    await asyncio.gather(met, asyncio.sleep(min(MIN_DRAINING, grace)))

    connections = Connections()
    connections.close_ports()
    calls.refuse()
    health.end_watches()
    late = await ended(calls.now, deadline - clock())
    if late:
        log.warning("calls cut", extra={"calls": len(late)})
    for call in late:
        call.cancel()
    await ended(calls.now, CANCEL_GRACE)

    await connections.close(CLOSING)
