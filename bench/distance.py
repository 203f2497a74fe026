"""Times of names at a distance from the training names, on each embedded model."""

import time
from collections.abc import Callable, Iterator

from namesmith_client import Client
from rows import Row
from servers import namesmith

COUNTS = {"us-names": 10_000, "us-names-distilled": 10_000, "us-names-wavenet": 1_000}
"""Number of names of a call, by the model."""

TOP = 20
"""Number of most probable names."""


def measure() -> Iterator[Row]:
    """Yield the times of first and later calls, the rates of acceptance, and those of questions."""
    with (
        namesmith("--only", ",".join(COUNTS)) as server,
        Client(f"127.0.0.1:{server.port}", timeout=120) as client,
    ):
        for model, count in COUNTS.items():
            for distance in (2, 3):
                yield from _of(client, model, count, distance)


def _of(client: Client, model: str, count: int, distance: int) -> Iterator[Row]:
    what = f"{model}, {distance}"
    asked = {"model": model, "min_distance": distance}
    yield Row(f"{what}: one name, first call", _seconds(lambda: client.generate(1, **asked)), "s")
    drawn = client.generate(count, **asked)
    yield Row(f"{what}: acceptance rate", drawn.acceptance_rate or 0, "")
    again = min(_seconds(lambda: client.generate(count, **asked)) for _ in range(3))
    yield Row(f"{what}: {count:,} names a call", count / again, "names/s")
    yield Row(f"{what}: top {TOP}", _seconds(lambda: client.top(TOP, **asked)), "s")
    yield Row(f"{what}: names of the top {TOP}", len(client.top(TOP, **asked).names), "")
    yield Row(f"{what}: measure", _seconds(lambda: client.measure(**asked)), "s")


def _seconds(call: Callable[[], object]) -> float:
    started = time.perf_counter()
    call()
    return time.perf_counter() - started
