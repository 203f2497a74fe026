"""Structured logs: a JSON object a line, on standard error."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure(level: str, **fixed: object) -> None:
    """Sets the least level for the process, and fields that every line has."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp=True,
            static_fields=fixed,
            json_ensure_ascii=False,
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("grpc").setLevel(logging.INFO)  # several lines a connection otherwise
    logging.getLogger("grpc._cython.cygrpc").addFilter(_concerns_us)


def _concerns_us(record: logging.LogRecord) -> bool:
    """Whether it is something else than a client that left while it was written to."""
    return "ExecuteBatchError" not in record.getMessage()
