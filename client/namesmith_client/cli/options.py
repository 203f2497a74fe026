"""Options that several commands take: how names are drawn, what they satisfy, which model."""

from collections.abc import Callable
from typing import Any

import click

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model_option: Decorator = click.option(
    "--model", default="", metavar="NAME", help="The model; without it the server's default."
)


def sampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """How each symbol is drawn."""
    return _all(
        command,
        click.option("--temperature", type=float, help="In [0, 10], 0 is greedy; 1 unless given."),
        click.option("--top-k", type=int, help="Draw from the k most probable symbols."),
        click.option(
            "--top-p",
            type=float,
            help="Draw from the most probable symbols that sum to p, in (0, 1].",
        ),
        click.option(
            "--min-p",
            type=float,
            help="Draw from symbols at least p times the most probable, in [0, 1].",
        ),
    )


def constraint_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """What names satisfy."""
    return _all(
        command,
        click.option("--prefix", default="", help="What each name begins with."),
        click.option("--suffix", default="", help="What each name ends with."),
        click.option("--contains", default="", help="What stands somewhere in each name."),
        click.option(
            "--pattern",
            default="",
            metavar="REGEX",
            help="Regular expression that each whole name matches, such as 'ka.*(a|o)'.",
        ),
        click.option(
            "--forbidden",
            multiple=True,
            metavar="NAME",
            help="A name that is never returned; may be given again.",
        ),
        click.option("--novel", is_flag=True, help="Return no name of the training split."),
        click.option("--min-length", type=int, help="Fewest characters; 1 unless given."),
        click.option("--max-length", type=int, help="Most characters, up to 64; 32 unless given."),
    )


def _all(command: Callable[..., Any], *options: Decorator) -> Callable[..., Any]:
    """The command with the options, in their order."""
    for option in reversed(options):
        command = option(command)
    return command
