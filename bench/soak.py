"""Memory growth over 100,000 calls, 10,000 cancelled streams and mixed stress, beside a leak.

    python bench/soak.py [SECONDS]

Prints the growth of the resident memory of namesmith and of a server made to leak, after warm-up;
exits with 1 where namesmith's memory grew by more than 20 MiB, where the leaking server's did not,
or where the mixed stress (``bench/stress.py``), which lasts SECONDS (120), met an error that is
none of the documented ones. Needs h2load (Debian: nghttp2-client).
"""

import asyncio
import sys

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import AsyncClient
from servers import Process, namesmith, python
from stress import LEAK, MOST, Stress, stress

CALLS = 100_000
STREAMS = 10_000
SECONDS = 120.0

SHORT = 60.0
"""Seconds of mixed stress in which the leaking server must be found out."""


def main() -> None:
    """Run the check on namesmith and on the leaking server."""
    seconds = float(sys.argv[1]) if sys.argv[1:] else SECONDS
    print(f"at most {MOST:.0f} MiB are allowed, {CALLS:,} calls and {STREAMS:,} streams are made")
    with namesmith() as server:
        grown = growth(server)
        print(f"namesmith grew by {grown:.1f} MiB", flush=True)
    with python(LEAK) as control:
        leaked = growth(control)
        print(f"the leaking control grew by {leaked:.1f} MiB", flush=True)
    with namesmith() as server:
        stressed = stressed_for(server, seconds)
        show("namesmith", seconds, stressed)
    with python(LEAK) as control:
        leaking = stressed_for(control, min(seconds, SHORT))
        show("the leaking control", min(seconds, SHORT), leaking)
    held = grown <= MOST < leaked and stressed.grown <= MOST < leaking.grown
    sys.exit(not held or bool(stressed.untyped))


def stressed_for(server: Process, seconds: float) -> Stress:
    """Stress a server and tell the outcome."""
    return stress(f"127.0.0.1:{server.port}", server.pids[-1], seconds)


def show(who: str, seconds: float, outcome: Stress) -> None:
    """Print the outcome of a stress."""
    calls = outcome.outcomes.total()
    print(f"{who} grew by {outcome.grown:.1f} MiB in {seconds:.0f} s of mixed stress: {calls:,}")
    print(f"calls, {outcome.killed} clients killed, untyped: {outcome.untyped or 'none'}")
    for one, count in sorted(outcome.outcomes.items()):
        print(f"  {count:7,} {one}", flush=True)


def growth(server: Process) -> float:
    """Return the growth of the resident memory in MiB, after a tenth of the work as warm-up."""
    use(server, CALLS // 10, STREAMS // 10)
    before = server.resident_mib()
    use(server, CALLS, STREAMS)
    return server.resident_mib() - before


def use(server: Process, calls: int, streams: int) -> None:
    """Make the calls, then open the streams and leave each stream after its first names."""
    drive(server, GenerateNamesRequest(count=20), calls, 32)
    asyncio.run(cancel_streams(server, streams))


async def cancel_streams(server: Process, streams: int) -> None:
    """Open the streams, 32 at a time, and leave each stream after its first names."""
    async with AsyncClient(f"127.0.0.1:{server.port}") as client:
        turns = asyncio.Semaphore(32)

        async def one() -> None:
            async with turns, client.stream(10**9) as names:
                async for _ in names.chunks():
                    return

        await asyncio.gather(*(one() for _ in range(streams)))


if __name__ == "__main__":
    main()
