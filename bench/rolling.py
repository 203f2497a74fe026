"""Rolling restarts of three servers under load: calls, and calls that failed.

    python bench/rolling.py [--rounds N] [--servers N] [--drain-delay SECONDS] [--workers N]

The servers stand behind ``round_robin``. Two clients call without a pause, each in a process of its
own: a plain gRPC client that retries UNAVAILABLE by a service config, and the project's client,
blocking and asynchronous. A round stops each server by SIGTERM, waits for its end, and starts it
again on its port before the next one is stopped. Exits with 1 where a call failed.
"""

import argparse
import asyncio
import json
import signal
import socket
import subprocess
import sys
import threading
from collections import Counter, deque
from contextlib import ExitStack
from pathlib import Path

import grpc

from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith.v1.names_pb2_grpc import NameServiceStub
from namesmith_client import AsyncClient, Client, NamesmithError
from servers import SERVER

CALLERS = 16
"""Number of calls that each client has in flight."""

NAMES = 5
"""Names of a call."""

PLAIN = json.dumps(
    {
        "loadBalancingConfig": [{"round_robin": {}}],
        "methodConfig": [
            {
                "name": [{}],
                "retryPolicy": {
                    "maxAttempts": 5,
                    "initialBackoff": "0.1s",
                    "maxBackoff": "1s",
                    "backoffMultiplier": 2,
                    "retryableStatusCodes": ["UNAVAILABLE"],
                },
            }
        ],
    }
)
"""Service config of the plain client: any client can have it."""


class Roll:
    """A server that is restarted on its port."""

    def __init__(self, *options: str) -> None:
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.address = f"127.0.0.1:{free.getsockname()[1]}"
        self._command = [SERVER, "--address", self.address, *options]
        self.start()

    def start(self) -> None:
        """Start the server, and wait until it serves."""
        self._process = subprocess.Popen(self._command, stderr=subprocess.PIPE, text=True)
        log = self._process.stderr
        assert log is not None
        for line in log:
            if json.loads(line)["event"] == "serving":
                break
        threading.Thread(target=deque, args=(log, 0), daemon=True).start()

    def stop(self) -> None:
        """Stop the server by SIGTERM, and wait for its end."""
        self._process.send_signal(signal.SIGTERM)
        assert self._process.wait(60) == 0

    def kill(self) -> None:
        """End the server at once."""
        self._process.kill()
        self._process.wait()


async def call_plainly(address: str, over: asyncio.Event) -> "Counter[str]":
    """Call through a plain channel; return how often each status came."""
    seen: Counter[str] = Counter()
    options = [("grpc.service_config", PLAIN)]
    async with grpc.aio.insecure_channel(address, options) as channel:
        stub = NameServiceStub(channel)

        async def call() -> None:
            while not over.is_set():
                try:
                    await stub.GenerateNames(GenerateNamesRequest(count=NAMES), timeout=30)
                    seen["OK"] += 1
                except grpc.aio.AioRpcError as error:
                    seen[f"{error.code().name}: {error.details()}"] += 1

        await asyncio.gather(*(call() for _ in range(CALLERS)))
    return seen


async def call_by_client(address: str, over: asyncio.Event) -> "Counter[str]":
    """Call through the project's clients; return how often each status came."""
    seen: Counter[str] = Counter()

    async def call(client: AsyncClient) -> None:
        while not over.is_set():
            try:
                await client.generate(NAMES)
                seen["OK"] += 1
            except NamesmithError as error:
                seen[str(error)] += 1

    def call_blocking() -> "Counter[str]":
        own: Counter[str] = Counter()
        with Client(address) as client:
            while not over.is_set():
                try:
                    client.generate(NAMES)
                    own["OK"] += 1
                except NamesmithError as error:
                    own[str(error)] += 1
        return own

    async with AsyncClient(address) as client:
        threads = [asyncio.to_thread(call_blocking) for _ in range(CALLERS // 4)]
        calls = [call(client) for _ in range(CALLERS - len(threads))]
        of_threads, _ = await asyncio.gather(asyncio.gather(*threads), asyncio.gather(*calls))
    return sum(of_threads, seen)


CLIENTS = {"plain gRPC with retries": call_plainly, "namesmith": call_by_client}


async def call_until_told(kind: str, address: str) -> None:
    """Call until the standard input ends; print how often each status came."""
    over = asyncio.Event()

    async def wait() -> None:
        await asyncio.to_thread(sys.stdin.read)
        over.set()

    seen, _ = await asyncio.gather(CLIENTS[kind](address, over), wait())
    print(json.dumps(seen))


def roll(rounds: int, count: int, *options: str) -> dict[str, "Counter[str]"]:
    """Restart each of some servers in turn, round after round; return each client's statuses."""
    with ExitStack() as stack:
        servers = [Roll(*options) for _ in range(count)]
        for server in servers:
            stack.callback(server.kill)
        address = "ipv4:" + ",".join(server.address for server in servers)
        callers = {}
        for kind in CLIENTS:
            command = [sys.executable, Path(__file__), "--client", kind, address]
            pipe = subprocess.PIPE
            callers[kind] = subprocess.Popen(command, stdin=pipe, stdout=pipe, text=True)
            stack.callback(callers[kind].kill)
        threading.Event().wait(1.0)  # until they call
        for _ in range(rounds):
            for server in servers:
                server.stop()
                server.start()
        return {kind: Counter(json.loads(one.communicate()[0])) for kind, one in callers.items()}


def main() -> None:
    """Print the calls and the failures of each client; exit with 1 where a call failed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--servers", type=int, default=3)
    parser.add_argument("--workers", default="1")
    parser.add_argument("--drain-delay", default="0.5")
    parser.add_argument("--client", nargs=2, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.client:
        asyncio.run(call_until_told(*options.client))
        return
    settings = ("--workers", options.workers, "--drain-delay-seconds", options.drain_delay)
    seen = roll(options.rounds, options.servers, *settings)
    for kind, statuses in seen.items():
        failed = statuses.total() - statuses["OK"]
        print(f"{kind}: {statuses.total():,} calls, {failed} failed (target 0)")
        for status in statuses.keys() - {"OK"}:
            print(f"    {statuses[status]} x {status}")
    sys.exit(any(statuses.keys() - {"OK"} for statuses in seen.values()))


if __name__ == "__main__":
    main()
