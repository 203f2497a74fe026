"""Structured logs: a JSON object a line, on standard error.

A thread formats and writes the lines, which wait for it in a bounded queue: a reader that has
stalled or gone costs lines, and never the time of a call or a signal.
"""

import io
import logging
import os
import select
import sys
import threading
from queue import SimpleQueue

from pythonjsonlogger.json import JsonFormatter

from namesmith.version import VERSION
from namesmith_server.app import signals
from namesmith_server.app.leaving import at_end
from namesmith_server.app.standard_streams import STDERR, await_reader

CAPACITY = 4_096
"""Largest number of lines that wait for the reader of the log; lines beyond are lost."""

MAX_LINE = 16_384
"""Largest number of characters of a line that did not come from a logger."""

log = logging.getLogger(__name__)


def configure_logging(level: str, **fields: object) -> None:
    """Set the least level that the process logs, and fields that every line has."""
    handler = QueuedHandler()
    handler.setFormatter(
        LineFormatter(
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
    sys.stderr = LoggedStream()
    at_end(handler.flush)
    signals.on_ignored(_log_ignored)


def lost_lines() -> int:
    """Return the number of the log's lines that were not written."""
    handlers = logging.getLogger().handlers
    return sum(one.lost for one in handlers if isinstance(one, QueuedHandler))


class LineFormatter(JsonFormatter):
    """Formats a record as one line, whose characters neither a terminal nor a reader obeys."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the line, in which JSON's own escapes stand for what cannot be printed."""
        line = super().format(record)
        if line.isprintable():
            return line
        return "".join(one if one.isprintable() else _escape(one) for one in line)


class QueuedHandler(logging.Handler):
    """Hands records to a thread that writes them; the thread ends with the process.

    Attributes:
        lost: number of the lines that were not written.
    """

    def __init__(self) -> None:
        super().__init__()
        self.lost = 0
        self._is_first = True
        self._told = 0  # lost lines that a line has told of
        self._queue: SimpleQueue[logging.LogRecord | threading.Event] = SimpleQueue()
        threading.Thread(target=self._write_all, name="log", daemon=True).start()

    def emit(self, record: logging.LogRecord) -> None:
        """Put a record into the queue, or count it as lost where the queue is full.

        The first line of a process tells the version of the server.
        """
        if self._queue.qsize() >= CAPACITY:
            self.lost += 1
            return
        if self._is_first:
            self._is_first, record.server_version = False, VERSION
        self._queue.put(_settled(record))

    def flush(self) -> None:
        """Wait until the records so far are written; give up where the reader has stalled."""
        written = threading.Event()
        self._queue.put(written)
        await_reader(written.wait)

    def _write_all(self) -> None:
        while True:
            item = self._queue.get()
            if isinstance(item, threading.Event):
                item.set()
            else:
                self._write(item)
            if self.lost > self._told and self._queue.qsize() <= CAPACITY // 2:
                self._tell_of_loss()

    def _write(self, record: logging.LogRecord) -> None:
        """Write a record as a line, or count it as lost."""
        try:
            _write_whole(f"{self.format(record)}\n".encode("utf-8", "backslashreplace"))
        except Exception:  # noqa: BLE001 - the reader has gone, or a field cannot be formatted
            self.lost += 1

    def _tell_of_loss(self) -> None:
        """Tell how many lines were lost since the last time; where that fails, tell later."""
        lost = self.lost
        told = {"lines": lost - self._told}
        record = log.makeRecord(
            log.name, logging.WARNING, __file__, 0, "log lines lost", (), None, extra=told
        )
        self._write(record)
        if self.lost == lost:
            self._told = lost
        else:
            self.lost = lost  # the line about the loss is no lost line


class LoggedStream(io.TextIOBase):
    """Standard error for code that prints, such as a warning or a traceback: logs each line."""

    def fileno(self) -> int:
        """Return the descriptor of standard error."""
        return STDERR

    def writable(self) -> bool:
        """Return True."""
        return True

    def write(self, text: str) -> int:
        """Log the text, and return its length."""
        if text.strip():
            log.warning("printed", extra={"text": text.rstrip()[:MAX_LINE]})
        return len(text)


def _settled(record: logging.LogRecord) -> logging.LogRecord:
    """Return the record without what may change, or hold memory, until it is written."""
    if record.args:
        record.msg, record.args = record.getMessage(), None
    if record.exc_info:
        record.exc_text = logging.Formatter().formatException(record.exc_info)
        record.exc_info = None
    return record


def _write_whole(line: bytes) -> None:
    """Write a line on standard error, waiting for its reader.

    Raises:
        OSError: the line cannot be written.
    """
    while line:
        try:
            line = line[os.write(STDERR, line) :]
        except BlockingIOError:  # another process made the stream non-blocking
            select.select([], [STDERR], [])


def _escape(character: str) -> str:
    """Return JSON's escape of a character: one or two times backslash, u and four digits."""
    units = character.encode("utf-16-be", "surrogatepass")
    return "".join(f"\\u{units[i : i + 2].hex()}" for i in range(0, len(units), 2))


def _log_ignored(number: int) -> None:
    log.warning("signal ignored", extra={"signal": signals.name_of(number)})


def _is_not_a_lost_client(record: logging.LogRecord) -> bool:
    """Drop gRPC's log lines about clients that disconnected while a response was written."""
    return "ExecuteBatchError" not in record.getMessage()
