"""The access log: a line for a share of the calls, and for every refused call.

A flood of refused calls must not cost what a flood of calls would: beyond some lines a second the
refused calls are counted, and the next line tells how many there were. No line holds the message of
a status, which may repeat the caller's text.
"""

import logging
import time
from random import random

from namesmith_server.grpc import CallRecord, Context

UNREFUSED = ("OK", "CANCELLED")
"""Codes of calls that were not refused: answered, or left by their client."""

MOST_LINES = 20
"""Largest number of lines about refused calls within a second."""

log = logging.getLogger(__name__)


class AccessLog:
    """Tells the log of calls that have ended."""

    def __init__(self, share: float) -> None:
        """Set the share of the answered calls that have a line, in [0, 1]."""
        self._share = share
        self._untold = 0
        self._lines = 0
        self._second = 0  # of the monotonic clock

    def end(self, record: CallRecord, context: Context) -> None:
        """Tell of a call, unless it was answered and is not in the share."""
        if record.code in UNREFUSED:
            if random() < self._share:  # noqa: S311 - no secret
                self._tell(record, context)
        elif self._has_room():
            self._tell(record, context)
        else:
            self._untold += 1

    def _has_room(self) -> bool:
        """Tell whether this second has room for one more line about a refused call."""
        second = int(time.monotonic())
        if second != self._second:
            self._second, self._lines = second, 0
        self._lines += 1
        return self._lines <= MOST_LINES

    def _tell(self, record: CallRecord, context: Context) -> None:
        told = {
            "service": record.method.service,
            "method": record.method.name,
            "code": record.code,
            "reason": record.reason,
            "milliseconds": round(record.seconds * 1_000, 3),
            "model": record.model,
            "version": record.version,
            "names": record.names,
            "caller": record.caller,
            "peer": context.peer(),
            "request_id": record.request_id,
            "untold_refusals": self._untold,
        }
        self._untold = 0
        log.info("call", extra={key: value for key, value in told.items() if value})
