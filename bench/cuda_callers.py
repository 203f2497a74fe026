"""Callers of the figures on a GPU: functions that a process of its own runs."""

import asyncio
import time

from namesmith_client import AsyncClient, Client


def stream(address: str, model: str, seconds: float) -> float:
    """Return the names a second of a stream that is read for some seconds, into Python strings."""
    with Client(address) as client, client.stream(10**9, model=model) as names:
        chunks, read = names.chunks(), 0
        next(chunks)
        start = time.perf_counter()
        for chunk in chunks:
            read += len(chunk.names)
            if time.perf_counter() - start > seconds:
                break
        return read / (time.perf_counter() - start)


def one_after_another(
    address: str, model: str, count: int, seconds: float, calls: int = 10**6
) -> list[float]:
    """Return the seconds that each call took of one caller, behind a first one.

    Args:
        address: address of the server.
        model: model that is asked.
        count: number of names of a call; 0: the call is EvaluateSplit(train).
        seconds: seconds after which no call is begun.
        calls: largest number of calls.
    """
    times: list[float] = []
    with Client(address) as client:
        begin = time.perf_counter()
        while len(times) <= calls and (len(times) < 2 or time.perf_counter() - begin < seconds):
            start = time.perf_counter()
            if count:
                client.generate(count, model=model)
            else:
                client.evaluate("train", model=model)
            times.append(time.perf_counter() - start)
    return times[1:]


def at_once(address: str, model: str, callers: int, begin: float, seconds: float) -> list[float]:
    """Return the seconds that each call for 20 names took of some callers that call at once.

    Args:
        address: address of the server.
        model: model that is asked.
        callers: number of callers.
        begin: moment at which they begin, on the monotonic clock.
        seconds: seconds after which no call is begun.
    """
    return asyncio.run(_at_once(address, model, callers, begin, seconds))


async def _at_once(
    address: str, model: str, callers: int, begin: float, seconds: float
) -> list[float]:
    times: list[float] = []
    async with AsyncClient(address) as client:
        await client.generate(20, model=model)
        await asyncio.sleep(max(0, begin - time.monotonic()))
        end = time.perf_counter() + seconds

        async def call() -> None:
            while (start := time.perf_counter()) < end:
                await client.generate(20, model=model)
                times.append(time.perf_counter() - start)

        await asyncio.gather(*(call() for _ in range(callers)))
    return times
