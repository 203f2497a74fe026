"""The output of commands on a terminal."""

import subprocess

import pytest

from terminal import answer, on_a_terminal


@pytest.mark.parametrize(
    ("arguments", "cells"),
    [
        (("generate", "--seed", "7"), ["name", "us-names version 1, seed 7"]),
        (("generate", "--log-probs"), ["name", "log-probability"]),
        (("score", "anna"), ["log-probability", "│ anna │         -6.5464 │"]),
        (("evaluate",), ["│ symbols            │ 21444", "│ loss               │ 2.1214 "]),
        (("models",), ["parameters", "│ us-names │       1 │ yes     │", "│ CC0-1.0 │"]),
    ],
)
def test_a_terminal_shows_a_table(
    server: str, arguments: tuple[str, ...], cells: list[str]
) -> None:
    """People get headings, borders and rounded numbers."""
    shown = on_a_terminal(server, *arguments, columns=120)
    assert "┏━━" in shown
    assert [cell for cell in cells if cell not in shown] == []


def test_a_terminal_shows_a_long_value_whole(server: str) -> None:
    """A hash that is wider than the terminal goes on in the next line."""
    rows = [
        line.split("│")[2].strip()
        for line in on_a_terminal(server, "evaluate", columns=60).splitlines()
        if "│" in line
    ]
    expected = dict(line.split("\t") for line in answer(server, "evaluate").splitlines())
    assert expected["data_sha256"] in "".join(rows)


def test_a_terminal_shows_many_names_as_lines(server: str) -> None:
    """More names than a person reads are not laid out as a table."""
    assert "│" not in on_a_terminal(server, "generate", "--count", "1001")


def test_a_long_stream_has_a_progress_bar_on_the_terminal(server: str) -> None:
    """The bar shows while many names go elsewhere, not for few names nor beside names."""
    one_bar = "150,000 of 150,000 names"
    long = ("generate", "--count=150000", "--seed=1", "--max-length=3")
    shown = on_a_terminal(server, *long, stream="stderr", stdout=subprocess.DEVNULL)
    assert one_bar in shown
    assert shown.rindex("\x1b[?25h") > shown.rindex("\x1b[?25l")  # the cursor is there
    assert "\x1b[?25l\x1b[?25h" in shown  # and was, all the while
    small = ("generate", "--count=100000", "--max-length=3")
    assert on_a_terminal(server, *small, stream="stderr", stdout=subprocess.DEVNULL) == ""
    both = on_a_terminal(server, *long, stderr=subprocess.STDOUT)
    assert both.count("\n") == 150_000
