"""Options that stand before or behind the subcommand, and are kept for the client."""

from collections.abc import Callable
from typing import Any

import click
from click.core import ParameterSource


def kept_option(*names: str, **attributes: Any) -> Callable[[Callable[..., Any]], Any]:  # noqa: ANN401 - click's
    """Return the decorator that adds an option, whose value is kept and is no argument."""
    return click.option(*names, callback=_keep, expose_value=False, **attributes)


def _keep(context: click.Context, option: click.Parameter, value: object) -> None:
    """Keep an option's value for the client; the last value on the command line wins."""
    kept = context.ensure_object(dict)
    name = str(option.name)
    if name not in kept or context.get_parameter_source(name) is ParameterSource.COMMANDLINE:
        kept[name] = value
