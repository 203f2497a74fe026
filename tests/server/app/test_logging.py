"""The lines of the log."""

import json
import logging

import pytest

from namesmith.quoting import printable
from namesmith_server.app.logging import LineFormatter

CONTROL = [
    "\n", "\r", "\x00", "\x1b[2J", "\x7f", "\x85", "\x9b2J",
    "\u2028", "\u2029", "\u202e", "\u2066", "\u200b", "\ufeff", "\U000e0001", "\ud800",
]  # fmt: skip
"""Characters that a terminal or a reader of lines obeys, or that cannot be encoded."""


@pytest.mark.parametrize("text", CONTROL, ids=ascii)
def test_a_line_holds_no_character_that_anyone_obeys(text: str) -> None:
    """A field's control characters are escaped, and a reader of JSON gets them back."""
    formatter = LineFormatter("{message}", style="{", json_ensure_ascii=False)
    record = logging.makeLogRecord({"msg": "refused", "reason": f"josé{text}!"})
    line = formatter.format(record)
    assert line.isprintable()
    assert "josé" in line
    assert json.loads(line)["reason"] == f"josé{text}!"


@pytest.mark.parametrize("text", CONTROL, ids=ascii)
def test_an_error_is_one_printable_line(text: str) -> None:
    """Text that the process writes besides the log is escaped too; other characters stay."""
    assert printable(f"josé{text}!").isprintable()
    assert printable("josé!") == "josé!"
