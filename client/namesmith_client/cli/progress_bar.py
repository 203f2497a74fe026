"""A progress bar on the terminal while long work goes to a file or a pipe."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from namesmith.limits import MAX_GENERATED_NAMES
from namesmith_client import GeneratedNames

LONG_WORK = MAX_GENERATED_NAMES
"""Largest number of names that has a deadline by default and shows no progress bar."""

Chunks = Iterator[GeneratedNames]


@contextmanager
def with_progress_bar(chunks: Chunks, count: int, *, to_file: bool = False) -> Iterator[Chunks]:
    """Provide chunks of ``count`` names in all, with a progress bar that follows their reader.

    There is no progress bar for a count of 0, or where the names themselves go to a terminal and
    not ``to_file``.
    """
    with progress_bar(count, "names", to_file=to_file) as advance:
        yield _followed(chunks, advance) if count else chunks


@contextmanager
def progress_bar(
    total: int, noun: str, *, to_file: bool = False
) -> Iterator[Callable[[float], None]]:
    """Provide the function that advances a progress bar of ``total`` things.

    There is no progress bar for a total of 0, where standard error is no terminal, or where the
    output itself goes to a terminal and not ``to_file``.
    """
    if not total or (sys.stdout.isatty() and not to_file) or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console  # noqa: PLC0415 - where there is a terminal
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn  # noqa: PLC0415

    console = Console(stderr=True)
    with Progress(
        BarColumn(),
        TextColumn(f"{{task.completed:,.0f}} of {{task.total:,.0f}} {noun}"),
        TimeRemainingColumn(elapsed_when_finished=True),
        console=console,
        redirect_stdout=False,
        redirect_stderr=False,
    ) as bar:
        console.show_cursor()  # Ctrl-C, which ends the program at once, must not leave it hidden
        task = bar.add_task("", total=total)
        yield lambda number: bar.advance(task, number)


def _followed(chunks: Chunks, advance: Callable[[float], None]) -> Chunks:
    for chunk in chunks:
        yield chunk
        advance(len(chunk.names))
