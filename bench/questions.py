"""Times of questions about the embedded network that is served without a chain."""

import time
from collections.abc import Iterator
from typing import Any

from namesmith_client import Client
from rows import Row
from servers import namesmith

MODEL = "us-names-wavenet"

TOP: tuple[tuple[str, int, dict[str, Any]], ...] = (
    ("top 100", 100, {}),
    ("top 10,000", 10_000, {}),
    ("top 100 ending in 'son'", 100, {"suffix": "son"}),
    ("top 100 novel", 100, {"novel": True}),
    ("top 100 of '.*zz.*q', which the budget ends", 100, {"pattern": ".*zz.*q"}),
)
"""Searches, with the number of names and the constraint."""

MEASURED: tuple[dict[str, Any], ...] = (
    {"pattern": "ka.*(a|o)"},
    {"prefix": "ka", "suffix": "a"},
    {"pattern": "ann?a?"},
)
"""Constraints that are measured."""


def measure() -> Iterator[Row]:
    """Yield the time of each question, the first time and again."""
    with (
        namesmith("--only", MODEL) as server,
        Client(f"127.0.0.1:{server.port}", timeout=120) as client,
    ):
        for what, count, constraint in TOP:
            target = "<= 2000" if what == "top 100" else ""
            for when in ("first", "again"):
                started = time.perf_counter()
                client.top(count, **constraint)
                taken = (time.perf_counter() - started) * 1e3
                yield Row(f"{what}, {when}", taken, "ms", target=target)
        for constraint in MEASURED:
            for when in ("first", "again"):
                started = time.perf_counter()
                client.measure(**constraint)
                taken = (time.perf_counter() - started) * 1e3
                yield Row(f"measure {constraint}, {when}", taken, "ms")
