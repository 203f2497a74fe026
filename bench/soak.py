"""Memory growth over 100,000 calls and 10,000 cancelled streams, beside a server that leaks.

    python bench/soak.py

Prints the growth of the resident memory of both servers after warm-up; exits with 1 where
namesmith's memory grew by more than 20 MiB, or where the leaking server's memory did not. Needs
h2load (Debian: nghttp2-client).
"""

import asyncio
import sys

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import AsyncClient
from servers import Process, namesmith, python

CALLS = 100_000
STREAMS = 10_000
MOST = 20.0
"""Largest allowed growth of the resident memory, in MiB."""

LEAK = """
from namesmith_server.grpc import NameService

kept = []
answer = NameService.GenerateNames

async def leaking(self, request, context):
    kept.append(bytearray(1024))
    return await answer(self, request, context)

NameService.GenerateNames = leaking
"""


def main() -> None:
    """Run the check on namesmith and on the leaking server."""
    with namesmith() as server:
        grown = growth(server)
    with python(LEAK) as control:
        leaked = growth(control)
    print(f"namesmith grew by {grown:.1f} MiB, the leaking control by {leaked:.1f} MiB")
    print(f"at most {MOST:.0f} MiB are allowed, after {CALLS:,} calls and {STREAMS:,} streams")
    sys.exit(not (grown <= MOST < leaked))


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
