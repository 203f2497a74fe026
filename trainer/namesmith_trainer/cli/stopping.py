"""The end of a command whose run a signal has stopped."""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import click

from namesmith_trainer.cli.signals import StopFlag
from namesmith_trainer.training import StoppedError


@contextmanager
def stop_told(stop: StopFlag, rest: Callable[[], str]) -> Iterator[None]:
    """Say how far a run came that stops, and what is kept of it; end the process.

    Args:
        stop: flag that stops the run.
        rest: function that returns the words about the run behind its place.
    """
    try:
        yield
    except StoppedError as stopped:
        click.echo(f"{stopped}{rest()}", err=True)
        sys.exit(128 + stop.signal)
