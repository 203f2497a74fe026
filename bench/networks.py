"""Measure a network that is served as it is on a CPU: us-names-wavenet, in batches and by itself.

    python bench/networks.py [--baseline CHECKOUT]

With a checkout of an earlier commit, its server is measured in the same rounds, and every figure
has the earlier one beside it: a noisy machine disturbs both. Without one, the figures stand alone.
Calls have new seeds, so that no name was drawn before.
"""

import argparse
import asyncio
import time
from collections.abc import Iterator
from contextlib import ExitStack
from itertools import count
from pathlib import Path
from statistics import median, quantiles
from typing import NamedTuple

from namesmith_client import AsyncClient
from rows import Row, compared, show
from servers import checkout

HERE = Path(__file__).parent.parent
MODEL = "us-names-wavenet"
ROUNDS = 7
BULK, SMALL, TOGETHER = 10_000, 20, 32
SMALL_CALLS = 100

seeds = count(1)


class Round(NamedTuple):
    """The figures of one round of one server.

    Attributes:
        bulk: names a second of one caller of ``BULK`` names.
        together: names a second of ``TOGETHER`` callers of ``SMALL`` names.
        single: names a second of one such caller.
        quiet: 99th percentile of a small call alone, ms.
        beside: the same beside a stream without end, ms.
        split: time of EvaluateSplit(train), ms.
    """

    bulk: float
    together: float
    single: float
    quiet: float
    beside: float
    split: float


async def measured(address: str) -> Round:
    """Return the figures of a round."""
    async with AsyncClient(address, timeout=600) as client:
        start = time.perf_counter()
        await _generate(client, BULK)
        bulk = BULK / (time.perf_counter() - start)
        start = time.perf_counter()
        await asyncio.gather(*(_small_calls(client, 8) for _ in range(TOGETHER)))
        together = TOGETHER * 8 * SMALL / (time.perf_counter() - start)
        alone = await _small_calls(client, SMALL_CALLS)
        stream = asyncio.create_task(_endless(client))
        await _small_calls(client, 5)  # the stream runs by now
        beside = await _small_calls(client, SMALL_CALLS)
        stream.cancel()
        await asyncio.gather(stream, return_exceptions=True)
        start = time.perf_counter()
        await client.evaluate("train", model=MODEL)
        split = (time.perf_counter() - start) * 1e3
    single = SMALL * SMALL_CALLS * 1e3 / sum(alone)
    return Round(bulk, together, single, _p99(alone), _p99(beside), split)


async def _generate(client: AsyncClient, names: int) -> None:
    await client.generate(names, seed=next(seeds), model=MODEL)


async def _small_calls(client: AsyncClient, calls: int) -> list[float]:
    """Return the times of small calls one after the other, ms."""
    times = []
    for _ in range(calls):
        start = time.perf_counter()
        await _generate(client, SMALL)
        times.append((time.perf_counter() - start) * 1e3)
    return times


async def _endless(client: AsyncClient) -> None:
    async with client.stream(10**9, seed=next(seeds), model=MODEL) as names:
        async for _ in names.chunks():
            pass


def _p99(times: list[float]) -> float:
    return quantiles(times, n=100)[98]


def rows_of(rounds: list[Round], earlier: list[Round]) -> Iterator[Row]:
    """Yield the rows of the rounds, and beside them the figures of an earlier server, if any."""

    def row(what: str, figure: str, unit: str, target: str) -> Row:
        ours = [float(getattr(one, figure)) for one in rounds]
        if not earlier:
            return Row(what, median(ours), unit, target=target)
        return compared(what, unit, ours, "earlier", [getattr(one, figure) for one in earlier])

    yield row(f"one caller of {BULK:,} names", "bulk", "names/s", ">= 60000")
    together = f"{TOGETHER} calls of {SMALL} names"
    yield row(together, "together", "names/s", ">= 60000")
    rates = [[one.together for one in rounds], [one.single for one in rounds]]
    yield compared(together, "names/s", rates[0], "one at a time", rates[1], ">= 5")
    small = f"a call of {SMALL} names beside a stream without end"
    yield row(small, "beside", "ms p99", "")
    times = [[one.beside for one in rounds], [one.quiet for one in rounds]]
    yield compared(small, "ms p99", times[0], "alone", times[1], "<= 3")
    yield row("EvaluateSplit(train)", "split", "ms", "<= 150")


def main() -> None:
    """Measure the servers in turns and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--baseline", type=Path, help="checkout of an earlier commit")
    options = parser.parse_args()
    folders = [HERE] if options.baseline is None else [HERE, options.baseline]
    with ExitStack() as stack:
        servers = [stack.enter_context(checkout(folder, "--only", MODEL)) for folder in folders]
        rounds: list[list[Round]] = [[] for _ in servers]
        for _ in range(ROUNDS):
            for server, own in zip(servers, rounds, strict=True):
                own.append(asyncio.run(measured(f"127.0.0.1:{server.port}")))
    show(MODEL, list(rows_of(rounds[0], rounds[1] if len(rounds) > 1 else [])))


if __name__ == "__main__":
    main()
