"""The stepwise engine, on a model that is too large for a table."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from namesmith_client import AsyncClient
from rows import Row, compared
from servers import namesmith

TRAINER = Path(sys.executable).with_name("namesmith-trainer")
ROUNDS = 5
CALLS = 32
NAMES = 20


def measure() -> Iterator[Row]:
    """32 concurrent calls beside the same one at a time; small calls beside a bulk one."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--block-size", "8", "--steps", "3000", "--models", folder, "--name", "deep"]
        subprocess.run([TRAINER, "train", *options], check=True, capture_output=True)
        for backend in ("onnx", "torchscript"):
            with namesmith("--models", folder, "--backend", backend) as server:
                yield from asyncio.run(_measure(backend, f"127.0.0.1:{server.port}"))


async def _measure(backend: str, address: str) -> list[Row]:
    async with AsyncClient(address, timeout=600) as client:
        await _together(client, 0)
        together, alone = [], []
        for i in range(ROUNDS):
            together.append(await _together(client, i))
            alone.append(await _one_by_one(client, i))
        what = f"{CALLS} concurrent calls of {NAMES} names, {backend}"
        throughput = compared(what, "names/s", together, "one at a time", alone, ">= 5")
        quiet, beside = [], []
        for _ in range(ROUNDS):
            quiet.append(await _p99(client))
            bulk = asyncio.create_task(_bulk(client))
            await client.generate(1)  # the bulk call runs by now
            beside.append(await _p99(client))
            assert not bulk.done()
            bulk.cancel()
            await asyncio.gather(bulk, return_exceptions=True)
        what = f"a call of {NAMES} names beside a stream without end, {backend}"
        return [throughput, compared(what, "ms p99", beside, "alone", quiet, "<= 3")]


async def _together(client: AsyncClient, seed: int) -> float:
    start = time.perf_counter()
    await asyncio.gather(*(client.generate(NAMES, seed=seed * CALLS + i) for i in range(CALLS)))
    return CALLS * NAMES / (time.perf_counter() - start)


async def _one_by_one(client: AsyncClient, seed: int) -> float:
    start = time.perf_counter()
    for i in range(CALLS):
        await client.generate(NAMES, seed=seed * CALLS + i)
    return CALLS * NAMES / (time.perf_counter() - start)


async def _bulk(client: AsyncClient) -> None:
    async with client.stream(10**9) as names:
        async for _ in names.chunks():
            pass


async def _p99(client: AsyncClient) -> float:
    times = []
    for i in range(100):
        start = time.perf_counter()
        await client.generate(NAMES, seed=i)
        times.append((time.perf_counter() - start) * 1e3)
    return quantiles(times, n=100)[98]
