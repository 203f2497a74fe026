"""The log: one JSON object a line, on standard error."""

import logging

from pythonjsonlogger.json import JsonFormatter


def configure_logging() -> None:
    """Write events as JSON lines, in ASCII, and leave the libraries' own to warnings."""
    handler = logging.StreamHandler()
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp=True,
            json_ensure_ascii=True,
        )
    )
    logging.basicConfig(level=logging.WARNING, handlers=[handler], force=True)
    logging.getLogger("namesmith_web").setLevel(logging.INFO)
