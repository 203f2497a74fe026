"""The names of numbers of rows, which data engines hand out as they like."""

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from itertools import groupby
from pathlib import Path
from typing import Any

from namesmith_client._client import Client
from namesmith_client.offline import offline_client


def opened(address: str, models: str | Path | None, model: str) -> AbstractContextManager[Client]:
    """Return a client of a server, or, without an address, of models in this process."""
    return Client(address, timeout=None) if address else offline_client(models, model=model)


def names_of(client: Client, rows: Sequence[int], **arguments: Any) -> list[str]:  # noqa: ANN401 - those of stream
    """Return the name of each row; rows that follow each other are asked for together."""
    names: list[str] = []
    for run in _runs(rows):
        for chunk in client.stream(len(run), first_row=run.start, **arguments).chunks():
            names += chunk.names
    return names


def _runs(rows: Sequence[int]) -> Iterator[range]:
    """Yield the ranges of numbers that follow each other."""
    for first, run in groupby(enumerate(rows), lambda place: place[1] - place[0]):
        places = [place for place, _ in run]
        yield range(first + places[0], first + places[-1] + 1)
