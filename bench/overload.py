"""Overload: ten times the capacity, and one greedy caller beside ten small ones.

    python bench/overload.py [--seconds N] [--max-names N]

Capacity is as many calls of 2,000 names in flight as ``--max-names`` admits. Ten times as many
callers, each a plain gRPC connection, call without a pause; a refused one comes again after the
delay that its RetryInfo tells. Beside them small callers ask for one name ten times a second, and a
prober asks for the health. Each kind of caller is a process of its own, in which times are taken.
The machine's processors are shared by all of them, so that the ratios count.
"""

import argparse
import asyncio
import json
import subprocess
import sys
import time
from collections import defaultdict
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass
from hashlib import sha256
from statistics import median, quantiles
from tempfile import NamedTemporaryFile, TemporaryFile

import grpc
import uvloop
from google.rpc import error_details_pb2
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_status import rpc_status

from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith.v1.names_pb2_grpc import NameServiceStub
from rows import Row, show
from servers import namesmith

NAMES = 2_000
"""Names of a large call."""

TIMES = 10
"""Ratio of the callers to the capacity."""

CALLER_BOUND = ("--max-caller-names", str(2 * NAMES))
"""Options of the server by which no caller has more than two large calls in work."""

OWN = [("grpc.use_local_subchannel_pool", 1)]
"""Channel arguments that give every caller a connection of its own."""

SMALL_PERIOD = 0.1
"""Seconds from one call of a small caller to the next."""

WARM = 2.0
"""Seconds at the begin that are not measured: connections, imports and caches are new."""

Times = dict[str, list[float]]
"""Milliseconds of each call, by the status."""


@dataclass(frozen=True)
class Load:
    """Callers of one kind, in a process of their own.

    Attributes:
        callers: number of the callers, each with a connection; 0: a prober of the health.
        names: names of a call.
        calls: calls that each caller has in flight.
        period: seconds from one call to the next; 0: without a pause.
        name: begin of the callers' tokens; empty: they have none.
    """

    callers: int
    names: int = 1
    calls: int = 1
    period: float = 0.0
    name: str = ""

    def token(self, number: int) -> str:
        """Return the token of the caller with a number."""
        return f"{self.name}-{number}"


async def measure(address: str, load: Load, seconds: float) -> Times:
    """Call for some seconds; return the times of the calls."""
    times: Times = defaultdict(list)
    begin = until = time.monotonic()

    async def call(channel: grpc.aio.Channel, number: int) -> None:
        metadata = [("authorization", f"Bearer {load.token(number)}")] if load.name else []
        stub, health = NameServiceStub(channel), health_pb2_grpc.HealthStub(channel)
        while (began := time.monotonic()) < until:
            status, delay = "OK", load.period
            try:
                if load.callers:
                    request = GenerateNamesRequest(count=load.names)
                    await stub.GenerateNames(request, timeout=60, metadata=metadata)
                else:
                    answer = await health.Check(health_pb2.HealthCheckRequest(), timeout=60)
                    status = "OK" if answer.status == 1 else "NOT_SERVING"
            except grpc.aio.AioRpcError as error:
                status, delay = error.code().name, delay or retry_delay(error)
            if began >= begin:
                times[status].append((time.monotonic() - began) * 1000)
            await asyncio.sleep(delay)

    channels = [grpc.aio.insecure_channel(address, OWN) for _ in range(load.callers or 1)]
    await asyncio.gather(*(one.channel_ready() for one in channels))
    begin = time.monotonic() + WARM
    until = begin + seconds
    await asyncio.gather(
        *(call(one, n) for n, one in enumerate(channels) for _ in range(load.calls))
    )
    return times


def retry_delay(error: grpc.aio.AioRpcError) -> float:
    """Return the seconds after which a refused call may come again."""
    status = rpc_status.from_call(error)
    retry = error_details_pb2.RetryInfo()
    for detail in status.details if status else ():
        if detail.Unpack(retry):
            return retry.retry_delay.ToTimedelta().total_seconds()
    return 0.0


def loaded(port: int, seconds: float, *loads: Load) -> list[Times]:
    """Run loads at the same time; return the times of each."""
    with ExitStack() as stack:
        running = []
        for load in loads:
            given = json.dumps([f"127.0.0.1:{port}", vars(load), seconds])
            told = stack.enter_context(TemporaryFile("w+"))  # a pipe would fill
            one = subprocess.Popen([sys.executable, __file__, "--load", given], stdout=told)
            stack.callback(one.kill)
            running.append((one, told))
        found = []
        for one, told in running:
            assert one.wait() == 0
            told.seek(0)
            found.append(json.load(told))
        return found


def p99(times: list[float]) -> float:
    """Return the 99th percentile."""
    return quantiles(times, n=100)[98] if len(times) > 1 else max(times, default=float("nan"))


def failed(times: Times) -> int:
    """Return the number of the calls that were not answered."""
    return sum(map(len, times.values())) - len(times["OK"])


def beside(  # noqa: PLR0913, PLR0917 - the cells of a row
    what: str,
    summary: Callable[[list[float]], float],
    ours: Times,
    rival: str,
    theirs: Times,
    target: str = "",
) -> Row:
    """Return the row of a summary of answered calls beside the same of others."""
    figure, other = summary(ours["OK"]), summary(theirs["OK"])
    return Row(what, figure, "ms", rival, other, figure / other, target)


def overload(seconds: float, max_names: int) -> list[Row]:
    """Measure the calls at the capacity, and those of ten times the capacity."""
    callers = max_names // NAMES
    prober, small = Load(0, period=0.05), Load(4, period=SMALL_PERIOD)
    with namesmith("--max-names", str(max_names)) as server:
        at_capacity, small_then, _ = loaded(
            server.port, min(seconds, 10.0), Load(callers, NAMES), small, prober
        )
        beyond, small_now, health = loaded(
            server.port, seconds, Load(TIMES * callers, NAMES), small, prober
        )
    refused = beyond.get("RESOURCE_EXHAUSTED", [])
    others = sum(len(times) for code, times in beyond.items()) - len(refused) - len(beyond["OK"])
    then = "at capacity"
    return [
        Row("calls admitted", len(beyond["OK"]) / seconds, "calls/s"),
        Row("calls refused", len(refused) / seconds, "calls/s"),
        Row("calls with another status", others, "", target="<= 0"),
        beside("admitted, p50", median, beyond, then, at_capacity, "<= 2"),
        beside("admitted, p99", p99, beyond, then, at_capacity, "<= 2"),
        Row("refusals, p50", median(refused), "ms", target="<= 50"),
        Row("refusals, p99", p99(refused), "ms", target="<= 50"),
        beside("1 name beside, p99", p99, small_now, then, small_then),
        Row("1 name beside, failed", failed(small_now), "", target="<= 0"),
        Row("health, slowest", max(health["OK"]), "ms"),
        Row("health, not SERVING", failed(health), "", target="<= 0"),
    ]


def greedy(seconds: float) -> list[Row]:
    """Measure ten small callers alone, and beside one that asks for all it can get.

    Each has a token, and the server bounds the names that a caller has in work.
    """
    small = Load(10, period=SMALL_PERIOD, name="small")
    one = Load(1, NAMES, calls=300, name="greedy")
    tokens = [load.token(number) for load in (small, one) for number in range(load.callers)]
    with NamedTemporaryFile("w") as file:
        file.writelines(f"{each} {sha256(each.encode()).hexdigest()}\n" for each in tokens)
        file.flush()
        return _greedy(seconds, ("--tokens-file", file.name, *CALLER_BOUND), small, one)


def _greedy(seconds: float, options: tuple[str, ...], small: Load, one: Load) -> list[Row]:
    with namesmith(*options) as server:
        (alone,) = loaded(server.port, seconds, small)
        now, _ = loaded(server.port, seconds, small, one)
    what = "1 name beside a greedy caller"
    return [
        beside(f"{what}, p50", median, now, "alone", alone),
        beside(f"{what}, p99", p99, now, "alone", alone, "<= 2"),
        Row(f"{what}, failed", failed(now), "", target="<= 0"),
    ]


def main() -> None:
    """Print both tables; exit with 1 where a target was missed."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=30.0)
    parser.add_argument("--max-names", type=int, default=16_000)
    parser.add_argument("--load", type=json.loads, help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        address, load, seconds = options.load
        print(json.dumps(uvloop.run(measure(address, Load(**load), seconds))))
        return
    tables = {
        "Ten times the capacity": overload(options.seconds, options.max_names),
        f"A greedy caller beside ten small ones, {' '.join(CALLER_BOUND)}": greedy(
            options.seconds / 3
        ),
    }
    for title, rows in tables.items():
        show(title, rows)
    sys.exit(any(row.met is False for rows in tables.values() for row in rows))


if __name__ == "__main__":
    main()
