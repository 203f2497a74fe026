"""Options that several commands take."""

from collections.abc import Callable
from typing import Any

import click
import torch

Command = Callable[..., Any]

MAX_SEED = 2**63 - 1
"""The largest that torch.manual_seed takes."""


def data(command: Command) -> Command:
    """``--data`` and ``--distinct``."""
    source = click.option(
        "--data",
        default="us-names",
        show_default=True,
        metavar="FILE|us-names",
        callback=_source,
        help="UTF-8 text with a name a line, or the built-in data set.",
    )
    distinct = click.option("--distinct", is_flag=True, help="Drop repeated names.")
    return source(distinct(command))


def seed(command: Command) -> Command:
    """``--seed``."""
    return click.option(
        "--seed",
        type=click.IntRange(0, MAX_SEED),
        default=42,
        show_default=True,
        help="Seed of the minibatches.",
    )(command)


def device(command: Command) -> Command:
    """``--device``."""
    return click.option(
        "--device",
        type=click.Choice(["cpu", "cuda"]),
        default="cpu",
        show_default=True,
        callback=_usable,
    )(command)


def _source(_context: click.Context, _option: click.Parameter, source: str) -> str:
    if not source:
        raise click.BadParameter("the name of the file is empty")
    return source


def _usable(_context: click.Context, _option: click.Parameter, device: str) -> str:
    if device == "cuda" and not torch.cuda.is_available():
        raise click.BadParameter("this machine has no usable CUDA device")
    return device
