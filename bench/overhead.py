"""The price of being watched: CPU a call beside a server whose calls nobody watches.

The watched server has its metrics scraped each second, an access log at the default share, request
ids and its version in every answer.
"""

import threading
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager

from load import Load, drive
from namesmith.v1.names_pb2 import GenerateNamesRequest
from rows import Row, compared
from servers import Process, namesmith, python

ROUNDS = 31
CALLS = 2_000
IN_FLIGHT = 32

SCRAPE_SECONDS = 1.0
"""Seconds between two scrapes."""

UNWATCHED = """
from namesmith_server.app.observability import observation
from namesmith_server.grpc.call_record import NoObserver
observation.CallObserver = lambda *_: NoObserver()
"""
"""Change of a server by which nobody watches its calls."""


def measure() -> Iterator[Row]:
    """Yield the CPU time and the rate of a call with metrics, access log and request ids."""
    with python(UNWATCHED) as bare, namesmith("--metrics-address", "127.0.0.1:0") as watched:
        for each in (bare, watched):
            _drive(each)  # warms both
        with _scraped(watched.metrics_port):
            pairs = [(_drive(watched), _drive(bare)) for _ in range(ROUNDS)]
    for name, unit, target in (("cpu", "us CPU a call", "<= 1.03"), ("rate", "calls/s", "")):
        ours = [getattr(one, name) for one, _ in pairs]
        theirs = [getattr(one, name) for _, one in pairs]
        yield compared("1 name, 32 in flight, watched", unit, ours, "unwatched", theirs, target)


def _drive(server: Process) -> Load:
    return drive(server, GenerateNamesRequest(count=1), CALLS, IN_FLIGHT)


@contextmanager
def _scraped(port: int) -> Iterator[None]:
    """Scrape the metrics again and again during the block."""
    ended = threading.Event()

    def scrape() -> None:
        while not ended.wait(SCRAPE_SECONDS):
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
                answer.read()

    thread = threading.Thread(target=scrape)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()
