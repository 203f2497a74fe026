"""Options that several commands take: the model, the sampling, the constraint."""

from collections.abc import Callable
from typing import Any

import click

from namesmith.limits import (
    DEFAULT_MAX_LENGTH,
    DEFAULT_MIN_LENGTH,
    MAX_ALTERNATIVES,
    MAX_FORBIDDEN_NAMES,
    MAX_LENGTH,
    MAX_MIN_DISTANCE,
    MAX_PATTERN_CHARACTERS,
    MAX_TEMPERATURE,
)
from namesmith_client.cli.excludes_options import excludes_options

Decorator = Callable[[Callable[..., Any]], Callable[..., Any]]

model_option: Decorator = click.option(
    "--model",
    default="",
    metavar="NAME",
    help="The model: NAME, NAME/VERSION, NAME@LABEL or a blend of several, such as 'A*0.6+B*0.4';"
    " without it the server's default.",
)


def sampling_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of sampling to a command."""
    return _all(
        command,
        click.option(
            "--temperature",
            type=float,
            help=f"In [0, {MAX_TEMPERATURE}], 0 is greedy; 1 unless given.",
        ),
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
    """Add the options of the constraint to a command."""
    return _all(
        command,
        click.option("--prefix", default="", help="Text that each name begins with."),
        click.option("--suffix", default="", help="Text that each name ends with."),
        click.option("--contains", default="", help="Text that stands somewhere in each name."),
        click.option(
            "--pattern",
            default="",
            metavar="REGEX",
            help="Regular expression that each whole name matches, such as 'ka.*(a|o)',"
            f" of up to {MAX_PATTERN_CHARACTERS} characters.",
        ),
        click.option(
            "--forbidden",
            multiple=True,
            metavar="NAME",
            help="A name that is never returned; may be given again,"
            f" up to {MAX_FORBIDDEN_NAMES:,} times.",
        ),
        excludes_options,
        click.option(
            "--not-pattern",
            default="",
            metavar="REGEX",
            help="Regular expression that no whole name matches.",
        ),
        click.option(
            "--starts-with",
            "starts_with_any",
            multiple=True,
            metavar="TEXT",
            help="A text with which, or with another one given so, each name begins; up to"
            f" {MAX_ALTERNATIVES:,} times.",
        ),
        click.option(
            "--ends-with",
            "ends_with_any",
            multiple=True,
            metavar="TEXT",
            help="A text with which, or with another one given so, each name ends; up to"
            f" {MAX_ALTERNATIVES:,} times.",
        ),
        click.option("--novel", is_flag=True, help="Return no name of the training split."),
        click.option(
            "--min-distance",
            type=int,
            default=0,
            metavar="EDITS",
            help="Return names at least so many edits from every name of the training split, up to"
            f" {MAX_MIN_DISTANCE}.",
        ),
        click.option(
            "--min-length",
            type=int,
            help=f"Fewest characters; {DEFAULT_MIN_LENGTH} unless given.",
        ),
        click.option(
            "--max-length",
            type=int,
            help=f"Most characters, up to {MAX_LENGTH}; {DEFAULT_MAX_LENGTH} unless given.",
        ),
    )


def _all(command: Callable[..., Any], *options: Decorator) -> Callable[..., Any]:
    """Add options to a command, in the given order."""
    for option in reversed(options):
        command = option(command)
    return command
