"""Rates of small calls beside the floor, with load from outside Python."""

from collections.abc import Iterator

from load import Load, drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from rows import Row, compared
from servers import Process, floor, namesmith

ROUNDS = 7
CALLS = 4_000


def measure() -> Iterator[Row]:
    """Yield the rates of calls of 1 and 20 names, by number of calls in flight and of workers."""
    with floor(1) as echo, namesmith() as server:
        yield from _beside("1 name, 32 in flight", echo, server, 1, 32, ("rate", "p99", "cpu"))
        yield from _beside("1 name, 1 in flight", echo, server, 1, 1, ("p50",))
    with floor(20) as echo, namesmith() as server:
        yield from _beside("20 names, 32 in flight", echo, server, 20, 32, ("rate20",))
    with floor(1, processes=2) as echo, namesmith("--workers", "2") as server:
        yield from _beside("1 name, 32 in flight, 2 workers", echo, server, 1, 32, ("rate",))
    for in_flight in (2, 8, 128):
        with namesmith() as server:
            load = _drive(server, 1, in_flight)
            yield Row(f"1 name, {in_flight} in flight", load.rate, "calls/s")


TARGETS = {
    "rate": ">= 0.85",
    "rate20": ">= 0.75",
    "p50": "<= 1.25",
    "p99": "<= 1.3",
    "cpu": "<= 1.2",
}
UNITS = {"rate": "calls/s", "p50": "ms p50", "p99": "ms p99", "cpu": "us CPU a call"}


def _beside(  # noqa: PLR0913, PLR0917 - what is driven, and how
    what: str, echo: Process, server: Process, count: int, in_flight: int, judged: tuple[str, ...]
) -> Iterator[Row]:
    for each in (echo, server):
        _drive(each, count, in_flight)  # warms both
    pairs = [
        (_drive(server, count, in_flight), _drive(echo, count, in_flight)) for _ in range(ROUNDS)
    ]
    targets = {name.removesuffix("20"): TARGETS[name] for name in judged}
    for name, unit in UNITS.items():
        ours = [getattr(one, name) for one, _ in pairs]
        theirs = [getattr(one, name) for _, one in pairs]
        yield compared(what, unit, ours, "echo", theirs, targets.get(name, ""))


def _drive(server: Process, count: int, in_flight: int) -> Load:
    calls = CALLS if in_flight > 1 else CALLS // 4
    return drive(server, GenerateNamesRequest(count=count), calls, in_flight)
