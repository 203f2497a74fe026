"""``LazyGroup``: a group of commands that are imported once they are called."""

import signal
import sys
from collections.abc import Mapping
from importlib import import_module
from typing import NamedTuple

import click


class Place(NamedTuple):
    """Where a command is, and its line in the group's help.

    Attributes:
        module: module of the command.
        attribute: name of the command in its module.
        text: first sentence of the command's help.
    """

    module: str
    attribute: str
    text: str


class LazyGroup(click.Group):
    """A group whose help and version take no import of its commands: torch's takes seconds.

    Attributes:
        places: place of each command, by its name.
    """

    places: Mapping[str, Place]

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Return the names of the commands."""
        return sorted(self.places)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:  # noqa: ARG002
        """Import a command; None where there is none of the name."""
        if cmd_name not in self.places:
            return None
        module, attribute, _ = self.places[cmd_name]
        try:
            command: click.Command = getattr(import_module(module), attribute)
        except KeyboardInterrupt:
            sys.exit(128 + signal.SIGINT)
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """Write the lines of the commands."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, self.places[name].text) for name in self.list_commands(ctx)])
