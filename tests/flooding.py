"""Floods of a server that is a process, and the watch over it while they last."""

import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from hostile import connect, message, zipped_message
from processes import ServerProcess

MOST_MIB = 400
"""Largest memory above idle that a flood may take of a server, in MiB."""

PROMPT = 5.0
"""Seconds within which the health is answered beside a flood: far more than the 0.2 s that
``bench/floods.py`` asks for, because tests share their machine, and less than the stops that floods
caused before they were mended."""

PROBER = """
import sys, threading, time
import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc

ended, slowest = threading.Event(), 0.0
threading.Thread(target=lambda: (sys.stdin.read(), ended.set()), daemon=True).start()
with grpc.insecure_channel(sys.argv[1]) as channel:
    health = health_pb2_grpc.HealthStub(channel)
    health.Check(health_pb2.HealthCheckRequest(), wait_for_ready=True, timeout=60)
    print("ready", flush=True)
    while not ended.wait(0.02):
        began = time.monotonic()
        health.Check(health_pb2.HealthCheckRequest(), timeout=60)
        slowest = max(slowest, time.monotonic() - began)
print(slowest)
"""
"""The program that asks for the health: a process of its own, which waits for no flood's turn."""


@dataclass
class Watch:
    """The watch over a server.

    Attributes:
        peak_mib: largest resident memory above the memory at the begin, in MiB.
        slowest: slowest answer of the health service, in seconds.
    """

    peak_mib: float = 0.0
    slowest: float = field(default=0.0)


@contextmanager
def watched(server: ServerProcess) -> Iterator[Watch]:
    """Watch a server's memory and health while the block runs."""
    watch = Watch()
    idle = memory_mib(server, "VmRSS")
    Path(f"/proc/{server.process.pid}/clear_refs").write_text("5")  # the high mark begins anew
    command = [sys.executable, "-c", PROBER, server.address]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as prober:
        assert prober.stdout is not None
        assert prober.stdout.readline() == "ready\n"
        try:
            yield watch
        finally:
            watch.peak_mib = memory_mib(server, "VmHWM") - idle
            watch.slowest = float(prober.communicate(timeout=60)[0])


def memory_mib(server: ServerProcess, line: str) -> float:
    """Return a figure of a server's memory in MiB: VmRSS is the present one, VmHWM its peak."""
    status = Path(f"/proc/{server.process.pid}/status").read_text()
    (found,) = (one for one in status.splitlines() if one.startswith(line))
    return int(found.split()[1]) / 1024


def flood(
    address: str,
    method: str,
    raws: Sequence[bytes],
    *,
    connections: int = 1,
    zipped: bool = False,
    seconds: float = 60,
) -> "Counter[str]":
    """Make a call of NameService with each request; return how often each status came."""
    made = {raw: zipped_message(raw) if zipped else message(raw) for raw in set(raws)}
    framed = [made[raw] for raw in raws]

    def attack(share: Sequence[bytes]) -> "Counter[str]":
        with connect(address) as attacker:
            for body in share:
                attacker.wait(lambda: attacker.room, seconds)
                attacker.call(
                    f"namesmith.v1.NameService/{method}",
                    body,
                    encoding="gzip" if zipped else "",
                )
            return attacker.read_all(seconds)

    with ThreadPoolExecutor(connections) as pool:
        shares = [framed[at::connections] for at in range(connections)]
        return sum(pool.map(attack, shares), Counter())
