"""The commands that give numbers names of their own, and find the numbers of names."""

import sys
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice
from pathlib import Path
from typing import Any

import click

from namesmith.limits import DEFAULT_CAPACITY, MAX_CAPACITY
from namesmith_client import Constraint
from namesmith_client._model_reference import reference_to
from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.name_lines import NameLines
from namesmith_client.cli.progress_bar import progress_bar
from namesmith_client.cli.secret_options import secret_of, secret_options
from namesmith_client.cli.shared_options import constraint_options, model_option

BATCH = 30_000
"""Number of names of a call: of 64 characters each, they are within the cost of a call."""

NO_NUMBER = -1
"""Number that is printed for a name without one."""


def unique_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of a scheme of unique names to a command."""
    capacity = click.option(
        "--capacity",
        type=click.IntRange(1, MAX_CAPACITY),
        default=DEFAULT_CAPACITY,
        show_default=True,
        help="How many numbers have names; another capacity gives other names.",
    )
    return secret_options(capacity(constraint_options(model_option(connection_options(command)))))


class NumberRange(click.ParamType[range]):
    """Numbers from the first up to, but not including, the last: ``0:1000``."""

    name = "FIRST:STOP"

    def convert(self, value: Any, param: Any, ctx: Any) -> range:  # noqa: ANN401 - click's
        """Return the range; fail where it is none."""
        first, _, stop = str(value).partition(":")
        if not (first.isdecimal() and stop.isdecimal() and int(first) < int(stop)):
            self.fail(f"{value!r} is not FIRST:STOP with FIRST < STOP", param, ctx)
        return range(int(first), int(stop))


@namesmith.command("name-numbers")
@click.argument("numbers", type=NumberRange(), metavar="FIRST:STOP")
@unique_options
def name_numbers(
    *,
    numbers: range,
    secret_file: Path | None,
    secret_name: str,
    capacity: int,
    model: str,
    **constraint: Any,  # noqa: ANN401 - the fields of a constraint
) -> None:
    """Print a name of its own for each number from FIRST up to, but not including, STOP.

    Different numbers have different names, on any machines: only the secret tells their order.
    """
    secret = secret_of(secret_file, secret_name)
    scheme: dict[str, Any] = {"secret": secret, "secret_name": secret_name, "capacity": capacity}
    with connected() as client, progress_bar(len(numbers), "names") as advance:
        call = partial(client.name_numbers, **scheme, constraint=Constraint(**constraint))
        for named in _answers(call, _batches(numbers), model):
            sys.stdout.writelines(f"{name}\n" for name in named.names)
            advance(len(named.names))


@namesmith.command("numbers-of-names")
@unique_options
def numbers_of_names(
    *,
    secret_file: Path | None,
    secret_name: str,
    capacity: int,
    model: str,
    **constraint: Any,  # noqa: ANN401 - the fields of a constraint
) -> None:
    """Print the number of each name on standard input, a name a line; -1: no number has it.

    The options must be the ones under which the names were given. A wrong secret is not told: the
    numbers are then wrong.
    """
    secret = secret_of(secret_file, secret_name)
    scheme: dict[str, Any] = {"secret": secret, "secret_name": secret_name, "capacity": capacity}
    with connected() as client:
        call = partial(client.numbers_of_names, **scheme, constraint=Constraint(**constraint))
        for found in _answers(call, _batches(NameLines(sys.stdin.buffer)), model):
            numbers = (NO_NUMBER if one is None else one for one in found.numbers)
            sys.stdout.writelines(f"{number}\n" for number in numbers)


def _answers(
    call: Callable[..., Any], batches: Iterable[tuple[Any, ...]], model: str
) -> Iterator[Any]:
    """Yield the answers of calls, all of the version of the model that answers the first."""
    for batch in batches:
        answer = call(batch, model=model)
        model = reference_to(answer.model, answer.version)
        yield answer


def _batches(items: Iterable[Any]) -> Iterator[tuple[Any, ...]]:
    """Yield the items in parts of at most ``BATCH``."""
    left = iter(items)
    while batch := tuple(islice(left, BATCH)):
        yield batch
