"""Rates of the batched engine, on a model that is too large for a table."""

import asyncio
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from statistics import quantiles

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import AsyncClient
from rows import Row, compared
from servers import Process, namesmith

TRAINER = Path(sys.executable).with_name("namesmith-trainer")
ROUNDS = 5
TOGETHER = 32
CALLS = 1_280
NAMES = 20


def measure() -> Iterator[Row]:
    """Yield the rate of 32 concurrent calls, and the latency of small calls beside a bulk call."""
    with tempfile.TemporaryDirectory() as folder:
        options = ["--block-size", "8", "--steps", "3000", "--models", folder, "--name", "deep"]
        subprocess.run([TRAINER, "train", *options], check=True, capture_output=True)
        for backend in ("onnx", "torchscript"):
            with namesmith("--models", folder, "--backend", backend) as server:
                yield _throughput(backend, server)
                yield asyncio.run(_fairness(backend, f"127.0.0.1:{server.port}"))


def _throughput(backend: str, server: Process) -> Row:
    """Compare concurrent calls to single calls.

    The load comes from outside Python, because a client in Python would limit the rate.
    """
    request = GenerateNamesRequest(count=NAMES)
    drive(server, request, CALLS, TOGETHER)
    pairs = [
        (drive(server, request, CALLS, TOGETHER), drive(server, request, CALLS // 8, 1))
        for _ in range(ROUNDS)
    ]
    together = [one.rate * NAMES for one, _ in pairs]
    alone = [one.rate * NAMES for _, one in pairs]
    what = f"{TOGETHER} concurrent calls of {NAMES} names, {backend}"
    return compared(what, "names/s", together, "one at a time", alone, ">= 5")


async def _fairness(backend: str, address: str) -> Row:
    async with AsyncClient(address, timeout=600) as client:
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
        return compared(what, "ms p99", beside, "alone", quiet, "<= 3")


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
