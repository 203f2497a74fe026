"""The command line, ``namesmith``, with its commands: generate, score, evaluate, and others.

A command turns its options into a call of the library and the call's result into a report. The
server checks the bounds: its message names the argument that is out of bounds.
"""

from namesmith_client.cli.main import main

__all__ = ["main"]
