"""The options of docs/server.md are those of the server."""

import re
from pathlib import Path

from namesmith_server.app.cli import options

PAGE = Path(__file__).parents[3] / "docs" / "server.md"

UNLISTED = {"--version", "--help"}
"""Options that explain themselves."""


def test_every_option_has_a_row_and_every_row_an_option() -> None:
    """The first cells of the table name the options of the command line."""
    rows = re.findall(r"^\| (`--.*?) \|", PAGE.read_text(), re.MULTILINE)
    listed = {option for row in rows for option in re.findall("`(.*?)`", row)}
    assert listed == {one.opts[0] for one in options.params} - UNLISTED
