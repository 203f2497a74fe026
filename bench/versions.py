"""This version beside another one: both servers and the echo, in turns, in one run.

    python bench/versions.py CHECKOUT

CHECKOUT is another version's folder, with its compiled files built. Prints the median ratio of this
version to the other, which a busy machine disturbs less than two runs one after the other.
"""

import argparse
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from statistics import median

from load import drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from namesmith_client import Client
from rows import Row, show
from servers import HERE, Process, checkout, floor

ROUNDS = 6
"""Number of rounds that count; one before them warms the servers."""

CALLS = 8_000
"""Number of small calls in a round."""


def small_calls(ours: Process, other: Process, count: int) -> Iterator[Row]:
    """Yield the ratios of rate and CPU time of small calls, with the echo driven in turn."""
    rounds = []
    with floor(count) as echo:
        for _ in range(ROUNDS + 1):
            request = GenerateNamesRequest(count=count)
            rounds.append([drive(one, request, CALLS, 32) for one in (ours, other, echo)])
    loads = list(zip(*rounds[1:], strict=True))
    what = f"{count} name{'s' * (count > 1)}, 32 in flight"
    for unit, figure in (("calls/s", "rate"), ("us CPU a call", "cpu")):
        one, two, three = ([getattr(load, figure) for load in of] for of in loads)
        for beside, figures in (("other version", two), ("echo", three)):
            ratio = median(a / b for a, b in zip(one, figures, strict=True))
            yield Row(what, median(one), unit, beside, median(figures), ratio)


def large_call(what: str, call: Callable[[Client], object], *servers: Process) -> Row:
    """Return the ratio of the times that a call of many names takes, client included."""
    times: list[list[float]] = [[], []]
    clients = [Client(f"127.0.0.1:{server.port}") for server in servers]
    for _ in range(3 * ROUNDS):
        for client, taken in zip(clients, times, strict=True):
            began = time.perf_counter()
            call(client)
            taken.append(time.perf_counter() - began)
    for client in clients:
        client.close()
    ratio = median(a / b for a, b in zip(*times, strict=True))
    ours, other = (median(taken) * 1e3 for taken in times)
    return Row(what, ours, "ms", "other version", other, ratio)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("checkout", type=Path)
    folder = parser.parse_args().checkout.resolve()
    with checkout(HERE.parent) as ours, checkout(folder) as other:
        rows = [row for count in (1, 20) for row in small_calls(ours, other, count)]
        rows += [
            large_call("10,000 names a call", lambda c: c.generate(10_000), ours, other),
            large_call(
                "20,000 names with log-probabilities",
                lambda c: c.generate(20_000, log_probs=True),
                *(ours, other),
            ),
        ]
    show("this version beside another", rows)


if __name__ == "__main__":
    main()
