"""A server process whose code a test has changed, to bring a fault about from the inside."""

import sys
from contextlib import AbstractContextManager
from pathlib import Path

from processes import ServerProcess, running

START = """

if __name__ == "__main__":
    from namesmith_server.app.main import main

    main()
"""


def changed(
    folder: Path, change: str, *options: str | Path
) -> AbstractContextManager[ServerProcess]:
    """Return the context manager of a server that runs ``change`` first, in each of its processes.

    Args:
        folder: folder for the program.
        change: Python code, for example one that replaces a method.
        options: options of the server.
    """
    program = folder / "changed.py"
    program.write_text(change + START)
    return running(*options, program=(sys.executable, program))
