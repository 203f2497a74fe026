"""The log: one JSON object a line, on standard error.

A thread writes the lines, which wait for it in a bounded queue: a reader of the log that has
stalled costs lines, and never the time of a call.
"""

import logging
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from logging.handlers import QueueHandler, QueueListener
from queue import Queue

from pythonjsonlogger.json import JsonFormatter

CAPACITY = 4_096
"""Largest number of lines that wait for the reader of the log; lines beyond are lost."""

LAST_WAIT = 1.0
"""Seconds that the last lines have to be written at the end."""


@contextmanager
def logging_lines() -> Iterator[None]:
    """Write events as JSON lines, in ASCII, and the libraries' own where something is wrong."""
    lines = logging.StreamHandler()
    lines.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp=True,
            json_ensure_ascii=True,
        )
    )
    waiting: Queue[logging.LogRecord] = Queue(CAPACITY)
    logging.raiseExceptions = False  # else a line that is lost would be told on the stalled stream
    logging.getLogger().handlers = [QueueHandler(waiting)]  # basicConfig would format twice
    logging.getLogger("namesmith_web").setLevel(logging.INFO)
    logging.getLogger("uvicorn").setLevel(
        logging.ERROR
    )  # a line for each stranger's bytes otherwise
    listener = QueueListener(waiting, lines)
    listener.start()
    try:
        yield
    finally:
        end = threading.Thread(target=listener.stop, daemon=True)
        end.start()
        end.join(LAST_WAIT)
