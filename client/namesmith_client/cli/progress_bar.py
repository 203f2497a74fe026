"""A progress bar on the terminal while the names of a long stream go to a file or a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial

from namesmith.limits import MAX_GENERATED_NAMES
from namesmith_client import GeneratedNames

LONG_WORK = MAX_GENERATED_NAMES
"""Largest number of names that has a deadline by default and shows no progress bar."""

Chunks = Iterator[GeneratedNames]


@contextmanager
def with_progress_bar(chunks: Chunks, count: int, *, to_file: bool = False) -> Iterator[Chunks]:
    """Provide chunks of ``count`` names in all, with a progress bar that follows their reader.

    There is no progress bar for a count of 0, where standard error is no terminal, or where the
    names themselves go to a terminal and not ``to_file``.
    """
    if not count or (sys.stdout.isatty() and not to_file) or not sys.stderr.isatty():
        yield chunks
        return
    from rich.console import Console  # noqa: PLC0415 - where there is a terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(
        BarColumn(),
        TextColumn("{task.completed:,.0f} of {task.total:,.0f} names"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        console.show_cursor()  # Ctrl-C, which ends the program at once, must not leave it hidden
        yield _followed(chunks, partial(bar.advance, bar.add_task("", total=count)))


def _followed(chunks: Chunks, advance: Callable[[float], None]) -> Chunks:
    for chunk in chunks:
        yield chunk
        advance(len(chunk.names))
