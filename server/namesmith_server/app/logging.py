"""Structured logs: a JSON object a line, on standard error."""

import logging
import sys

from pythonjsonlogger.json import JsonFormatter


def configure_logging(level: str, **fields: object) -> None:
    """Set the least level that the process logs, and fields that every line has."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(
        JsonFormatter(
            "{levelname}{name}{message}",
            style="{",
            rename_fields={"levelname": "level", "name": "logger", "message": "event"},
            timestamp=True,
            static_fields=fields,
            json_ensure_ascii=False,
        )
    )
    logging.basicConfig(level=level.upper(), handlers=[handler], force=True)
    logging.getLogger("grpc").setLevel(logging.INFO)  # several lines a connection otherwise
    logging.getLogger("grpc._cython.cygrpc").addFilter(_is_not_a_lost_client)


def _is_not_a_lost_client(record: logging.LogRecord) -> bool:
    """Drop gRPC's log lines about clients that disconnected while a response was written."""
    return "ExecuteBatchError" not in record.getMessage()
