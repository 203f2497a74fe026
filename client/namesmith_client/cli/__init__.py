"""The command line: ``namesmith generate|score|evaluate|top|measure|describe|models|health``."""

from namesmith_client.cli.commands import main

__all__ = ["main"]
