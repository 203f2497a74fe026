"""The forms of output, and terminals that are narrow or know ASCII alone."""

import csv
import io
import json

import pytest

from namesmith_client import Client
from terminal import answer, on_a_terminal, run

NAMES = ("generate", "--count=3", "--seed=42", "--log-probs")


def test_each_form_holds_the_same_names(server: str) -> None:
    """CSV and TSV have headings, JSON lines have keys; a pipe gets a table if it is asked for."""
    with Client(server) as client:
        expected = client.generate(3, seed=42, log_probs=True)
    assert expected.log_probs is not None
    rows = list(zip(expected.names, expected.log_probs, strict=True))
    texts = [[name, str(log_prob)] for name, log_prob in rows]
    head = ["name", "log_probability"]
    assert list(csv.reader(io.StringIO(answer(server, *NAMES, "--format=csv")))) == [head, *texts]
    shown = answer(server, *NAMES, "--format=tsv").splitlines()
    assert [line.split("\t") for line in shown] == [head, *texts]
    lines = map(json.loads, answer(server, *NAMES, "--format=jsonl").splitlines())
    assert [tuple(one.values()) for one in lines] == rows
    assert answer(server, *NAMES, "--format=json") == answer(server, *NAMES, "--json")
    assert "seed 42" in answer(server, *NAMES, "--format=table")


@pytest.mark.parametrize("arguments", [("models",), ("measure", "--prefix=ka"), ("score", "anna")])
def test_every_command_has_every_form(server: str, arguments: tuple[str, ...]) -> None:
    """A heading of CSV is a key of JSON lines."""
    head, *_ = csv.reader(io.StringIO(answer(server, *arguments, "--format=csv")))
    first = json.loads(answer(server, *arguments, "--format=jsonl").splitlines()[0])
    assert head == list(first)
    json.loads(answer(server, *arguments, "--format=json"))


def test_two_forms_or_a_table_without_end_are_refused(server: str) -> None:
    """Nothing is printed, and the message names the options."""
    for options, message in (
        (("--json", "--format=csv"), "--json and --format csv: one of both is expected"),
        (("--format=table", "--count=1001"), "--format table: 1001 names, up to 1000 fit in one"),
    ):
        result = run(server, "generate", *options)
        assert (result.returncode, result.stdout) == (2, "")
        assert message in result.stderr


@pytest.mark.parametrize(
    ("arguments", "columns", "texts"),
    [
        (("models",), 40, ["parameters      12097", "labels of data  locale=en-US, year=2017"]),
        (("score", "anna", "--per-character"), 40, ["log-probability  -6.5464"]),
        (("describe",), 40, ["│      4 │    0.178573 │ ██"]),
    ],
)
def test_a_narrow_terminal_shows_every_value_in_its_line(
    server: str, arguments: tuple[str, ...], columns: int, texts: list[str]
) -> None:
    """A table that is too wide is shown a value a line, and bars are as long as there is room."""
    shown = on_a_terminal(server, *arguments, columns=columns)
    assert [text for text in texts if text not in shown] == []


def test_an_ascii_terminal_shows_ascii(server: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Borders and bars are drawn with characters that it has."""
    monkeypatch.setenv("PYTHONIOENCODING", "ascii")
    shown = on_a_terminal(server, "describe")
    assert shown.isascii()
    assert "| ####" in shown
