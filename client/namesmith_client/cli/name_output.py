"""Sampled names on standard output, written while they come; memory stays flat."""

import io
import json
import os
from array import array
from collections.abc import Iterable, Iterator, Sequence
from itertools import chain
from tempfile import TemporaryFile
from typing import IO

import click

from namesmith_client import GeneratedNames
from namesmith_client.cli.report import Format, Report, print_rows

MAX_BYTES_IN_MEMORY = 1 << 20
"""Largest size in bytes of log-probabilities in memory; more bytes wait in a temporary file."""

MAX_BYTES_WITHOUT_FILE = 256 << 20
"""Largest size in bytes of log-probabilities in memory where no temporary file has room for them,
as on a read-only system without /tmp."""

LOG_PROB_BYTES = 8
"""Size in bytes of a log-probability."""

BLOCK_BYTES = 1 << 16
"""Size in bytes of the log-probabilities that are printed at once."""

COLUMNS = ("name", "log-probability")
"""Headings of names, and of names with their log-probabilities."""

Chunks = Iterable[GeneratedNames]


def show_names(chunks: Chunks, form: Format | None, *, has_log_probs: bool) -> None:
    """Print each name on a line, with its log-probability where the chunks hold them."""
    if form is not None:
        rows = chain.from_iterable(map(_rows, chunks))
        print_rows(form, COLUMNS if has_log_probs else COLUMNS[:1], rows)
        return
    for chunk in chunks:
        if not chunk.names:  # the last chunk of a model that gave up
            continue
        if chunk.log_probs is None:
            click.echo("\n".join(chunk.names))
        else:
            click.echo("\n".join(f"{name}\t{log_prob}" for name, log_prob in _rows(chunk)))


def show_json(chunks: Chunks, count: int) -> None:
    """Print one JSON object with the keys of ``GeneratedNames``; without a chunk, print nothing.

    The log-probabilities stand behind all names; until all names are printed, they are kept aside.

    Args:
        chunks: the names.
        count: largest number of names that come.

    Raises:
        click.ClickException: there is no room to keep the log-probabilities; nothing was printed.
    """
    with _room(count * LOG_PROB_BYTES) as aside:
        last = None
        for chunk in chunks:
            if chunk.names:
                _items(chunk.names, '{"names": [' if last is None else ", ")
            aside.write(array("d", chunk.log_probs or ()).tobytes())
            last = chunk
        aside.truncate()
        aside.seek(0)
        before = '], "log_probs": ['
        while values := aside.read(BLOCK_BYTES):
            _items(array("d", values).tolist(), before)
            before = ", "
    if last is not None:
        origin = {
            "seed": last.seed,
            "model": last.model,
            "version": last.version,
            "exhausted": last.exhausted,
            "acceptance_rate": last.acceptance_rate,
            "gave_up": last.gave_up,
        }
        click.echo("], " + json.dumps(origin)[1:])


def _room(size: int) -> IO[bytes]:
    """Return a file with room for some bytes, which closing it removes."""
    if size <= MAX_BYTES_IN_MEMORY:
        return io.BytesIO()
    try:
        file = TemporaryFile()  # noqa: SIM115 - the caller's context closes it
        os.posix_fallocate(file.fileno(), 0, size)
    except OSError as error:
        if size <= MAX_BYTES_WITHOUT_FILE:
            return io.BytesIO()
        raise click.ClickException(
            f"--json keeps {size:,} bytes of log-probabilities in a temporary file, and there is"
            f" no room for it: {error.strerror}; TMPDIR names another folder"
        ) from error
    return file


def show_table(chunks: Chunks) -> None:
    """Print the names as a table for people, with the model and the seed below the table."""
    rows: list[tuple[object, ...]] = []
    caption = ""
    for chunk in chunks:
        rows.extend(_rows(chunk))
        caption = f"{chunk.model} version {chunk.version}, seed {chunk.seed}"
    columns = COLUMNS[: len(rows[0]) if rows else 1]
    Report(data={}, columns=columns, rows=rows, caption=caption).show(Format.TABLE)


def _rows(chunk: GeneratedNames) -> Iterator[tuple[object, ...]]:
    columns = (chunk.names,) if chunk.log_probs is None else (chunk.names, chunk.log_probs)
    return zip(*columns, strict=True)


def _items(values: Sequence[object], before: str) -> None:
    """Print the items of a JSON array, and ``before`` in front of them."""
    click.echo(before + json.dumps(values)[1:-1], nl=False)
