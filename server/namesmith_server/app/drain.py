"""The drain: from the signal that stops a server to the last byte of its answers.

draining   health is NOT_SERVING, and everything else goes on for the drain delay, so that balancers
           leave before the port closes;
stopping   the port is closed, new calls are refused, the calls that have begun end;
ended      each connection is closed behind what was written to it.

gRPC's own stop has no part in it: it answers CANCELLED to the calls that arrive while it runs.
"""

import asyncio
import logging

from namesmith_server.app.connections import Connections
from namesmith_server.app.settings import CANCEL_GRACE
from namesmith_server.grpc import HealthService, RunningCalls, ended

CLOSING = 1.0
"""Seconds in which clients close their ends of connections that no call uses any more."""

log = logging.getLogger(__name__)


async def drain(calls: RunningCalls, health: HealthService, delay: float, grace: float) -> None:
    """Finish the calls in progress; calls that last longer than ``grace`` end with UNAVAILABLE.

    Args:
        calls: calls in progress.
        health: health service of the same server.
        delay: seconds in which health is NOT_SERVING and new calls are served, >= 0.
        grace: seconds behind the delay that calls have to end, >= 0.
    """
    log.info("draining", extra={"delay_seconds": delay, "grace_seconds": grace})
    health.report(serving=False)
    await asyncio.sleep(delay)

    connections = Connections()
    connections.close_ports()
    calls.refuse()
    health.end_watches()
    late = await ended(calls.now, grace)
    if late:
        log.warning("calls cut", extra={"calls": len(late)})
    for call in late:
        call.cancel()
    await ended(calls.now, CANCEL_GRACE)

    await connections.close(CLOSING)
