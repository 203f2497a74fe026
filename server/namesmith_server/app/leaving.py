"""The end of the process: at once, once the last lines are written.

Python's own end would wait for threads, which a load or a computation may hold for ever.
"""

import os
from collections.abc import Callable
from typing import NoReturn

from namesmith_server.app.standard_streams import write_error

_last_acts: list[Callable[[], None]] = []


def at_end(act: Callable[[], None]) -> None:
    """Have ``leave`` call ``act``, which must end by itself soon; the newest act is called first.

    It stands in for ``atexit``, whose functions ``leave`` does not call.
    """
    _last_acts.append(act)


def leave(status: int, line: str = "") -> NoReturn:
    """End the process, without waiting for any thread.

    Args:
        status: exit status of the process.
        line: last line on standard error, behind the log; empty: none.
    """
    try:
        while _last_acts:
            _last_acts.pop()()
        if line:
            write_error(line)
    finally:
        os._exit(status)
