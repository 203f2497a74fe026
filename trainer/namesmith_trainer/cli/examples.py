"""The command ``namesmith-trainer examples``."""

from collections.abc import Callable

import click

from namesmith.quoting import printable
from namesmith_trainer.cli import reading
from namesmith_trainer.cli.errors import reported
from namesmith_trainer.cli.signals import dies_like_a_filter
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.training import TRAIN


@click.command("examples")
@reading.data
@click.option(
    "--block-size",
    type=click.IntRange(1, 64),
    default=3,
    show_default=True,
    metavar="N",
    help="Symbols of a context.",
)
@click.option(
    "--count", type=click.IntRange(1), default=5, show_default=True, help="Number of names."
)
def examples(*, data: Callable[[], Names], block_size: int, count: int) -> None:
    """Print what a network learns from, "context ---> symbol", for the first names of train."""
    with dies_like_a_filter(), reported():
        names = data()
        vocabulary = names.vocabulary()
        first = names.splits()[TRAIN][:count]
        contexts, targets = contexts_and_targets(first, vocabulary, block_size)
        symbols = vocabulary.symbols
        for context, target in zip(contexts.tolist(), targets.tolist(), strict=True):
            shown = "".join(symbols[symbol] for symbol in context)
            click.echo(printable(f"{shown} ---> {symbols[target]}"))
