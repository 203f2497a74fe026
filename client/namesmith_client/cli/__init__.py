"""The command line: ``namesmith generate|score|evaluate|models|health``."""

from namesmith_client.cli.commands import main

__all__ = ["main"]
