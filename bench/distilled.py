"""A distilled chain beside the table of the notebook's model: rates, start, memory, exact answers.

    NAMESMITH_BENCH_MODELS=REPOSITORY NAMESMITH_BENCH_MODEL=NAME python bench/main.py distilled

measures another model than the embedded ``us-names-distilled``.
"""

import itertools
import os
import random
import statistics
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractContextManager, suppress
from multiprocessing import get_context
from pathlib import Path

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import Client, NamesmithError
from rows import Row, compared
from servers import Process, namesmith

ROUNDS = 9
BULK = 10_000
COUNT = 1_000
PLAIN_CALLS = 2_000
"""Number of plain calls whose 99th percentile is measured, alone and beside constraints."""

CONSTRAINTS_IN_FLIGHT = 64

FIRST = (
    {"suffix": "son"},
    {"contains": "izz"},
    {"pattern": "(an|el).*(a|o)"},
    {"pattern": ".*a.*e.*"},
    {"novel": True},
)
"""Constraints whose first call is measured, each on a server that has not seen it."""


def measure() -> Iterator[Row]:
    """Yield the rows of the distilled model beside the table."""
    with namesmith() as table, _distilled() as distilled:
        yield from _rates(distilled, table)
    yield from _starts()
    with _distilled() as server, _client(server) as client:
        yield from _constrained(client)
        yield from _questions(client)
    with _distilled() as server:
        yield _beside_constraints(server)
        yield Row("resident after all constraints", server.resident_mib(), "MiB")


def _distilled() -> AbstractContextManager[Process]:
    name = os.environ.get("NAMESMITH_BENCH_MODEL", "us-names-distilled")
    models = os.environ.get("NAMESMITH_BENCH_MODELS")
    return namesmith("--only", name, *(("--models", Path(models)) if models else ()))


def _client(server: Process) -> Client:
    return Client(f"127.0.0.1:{server.port}", timeout=120)


def _rates(distilled: Process, table: Process) -> Iterator[Row]:
    request = GenerateNamesRequest(count=1)
    for server in (distilled, table):
        drive(server, request, 4_000, 32)  # warms it
    small = [
        tuple(drive(one, request, 4_000, 32).rate for one in (distilled, table))
        for _ in range(ROUNDS)
    ]
    ours, theirs = ([pair[i] for pair in small] for i in (0, 1))
    yield compared("1 name, 32 in flight", "calls/s", ours, "table", theirs, ">= 0.97")
    with _client(distilled) as one, _client(table) as other:
        clients = one, other
        bulk = [[BULK / _bulk_seconds(client) for client in clients] for _ in range(ROUNDS)]
    ours, theirs = ([pair[i] for pair in bulk] for i in (0, 1))
    yield compared(f"{BULK:,} names a call", "names/s", ours, "table", theirs, ">= 0.5")
    yield Row("resident after these calls", distilled.resident_mib(), "MiB", target="<= 140")


def _bulk_seconds(client: Client) -> float:
    """Return the seconds of a call of ``BULK`` names, the mean of a few."""
    began = time.perf_counter()
    for _ in range(8):
        client.generate(BULK)
    return (time.perf_counter() - began) / 8


def _starts() -> Iterator[Row]:
    pairs = [(_start(_distilled()), _start(namesmith())) for _ in range(ROUNDS)]
    ours, theirs = ([pair[i] for pair in pairs] for i in (0, 1))
    yield compared("start to SERVING", "s", ours, "table", theirs)
    yield Row("start to SERVING", statistics.median(ours), "s", target="<= 0.6")


def _start(process: AbstractContextManager[Process]) -> float:
    began = time.perf_counter()
    with process:
        return time.perf_counter() - began


def _constrained(client: Client) -> Iterator[Row]:
    client.generate(COUNT)
    for constraint in FIRST:
        first = _seconds(client, constraint)
        what = ", ".join(f"{key} {value!r}" for key, value in constraint.items())
        yield Row(f"{COUNT:,} names, {what}, first", first * 1e3, "ms", target="<= 250")
        rounds = [(_seconds(client, constraint), _seconds(client, {})) for _ in range(2 * ROUNDS)]
        ours, theirs = ([pair[i] * 1e3 for pair in rounds] for i in (0, 1))
        yield compared("the same, repeated", "ms", ours, "unconstrained", theirs, "<= 2")


def _seconds(client: Client, constraint: dict[str, object]) -> float:
    began = time.perf_counter()
    client.generate(COUNT, **constraint)  # type: ignore[arg-type]
    return time.perf_counter() - began


def _questions(client: Client) -> Iterator[Row]:
    for when, target in (("first", "<= 400"), ("again", "")):
        began = time.perf_counter()
        client.top(100, max_length=31)
        yield Row(f"top 100, {when}", (time.perf_counter() - began) * 1e3, "ms", target=target)
    began = time.perf_counter()
    client.describe()
    yield Row("describe, first", (time.perf_counter() - began) * 1e3, "ms")


def _beside_constraints(server: Process) -> Row:
    """Return the p99 of plain calls beside new constraints, and alone.

    The constraints come from another process, so that they do not hold up the plain caller itself.
    """
    with _client(server) as client:
        client.generate(1)
        alone = _plain_p99(client)
        asking = get_context("spawn").Process(target=_ask, args=(server.port,))
        asking.start()
        time.sleep(3)  # until all are in flight
        beside = _plain_p99(client)
        asking.kill()
        asking.join()
    what = f"a plain call beside {CONSTRAINTS_IN_FLIGHT} new constraints, p99"
    return compared(what, "ms", [beside], "alone", [alone], "<= 3")


def _ask(port: int) -> None:
    """Keep ``CONSTRAINTS_IN_FLIGHT`` calls in flight, each with a constraint of its own."""
    numbers = itertools.count()

    def ask(client: Client) -> None:
        while True:
            with suppress(NamesmithError):  # too many new constraints at once
                client.generate(10, **_random_constraint(next(numbers)))  # type: ignore[arg-type]

    client = Client(f"127.0.0.1:{port}", timeout=120)
    with client, ThreadPoolExecutor(CONSTRAINTS_IN_FLIGHT) as callers:
        for _ in range(CONSTRAINTS_IN_FLIGHT):
            callers.submit(ask, client)


def _random_constraint(number: int) -> dict[str, object]:
    """Return a constraint of many kinds that no other number gives."""
    generator = random.Random(number)  # noqa: S311 - no secret
    letters = [generator.choice("aeiounrlsmtdkb") for _ in range(4)]
    kinds: list[dict[str, object]] = [
        {"suffix": "".join(letters[:2])},
        {"contains": "".join(letters[:2])},
        {"pattern": f".*{letters[0]}.*{letters[1]}.*"},
        {"pattern": f"({letters[0]}|{letters[1]}).*{letters[2]}"},
        {"contains": letters[0], "novel": True},
    ]
    return {**kinds[number % len(kinds)], "max_length": 16 + number % 49}


def _plain_p99(client: Client) -> float:
    times = []
    for _ in range(PLAIN_CALLS):
        began = time.perf_counter()
        client.generate(1)
        times.append((time.perf_counter() - began) * 1e3)
    return statistics.quantiles(times, n=100)[98]
