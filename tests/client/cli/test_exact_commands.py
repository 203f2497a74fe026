"""The commands top, measure and describe, run by a script."""

import json
import re
from dataclasses import asdict

import pytest
from click.testing import CliRunner

from namesmith_client import Client, Measure, TopNames
from namesmith_client.cli.commands.exact import OF_ESTIMATES
from namesmith_client.cli.group import namesmith
from terminal import answer, on_a_terminal, run


def test_top_prints_a_name_and_its_log_probability_a_line(server: str, client: Client) -> None:
    """Values are exact on a pipe, JSON is the whole answer, a message says if no name is left."""
    expected = client.top(20, prefix="mar")
    lines = answer(server, "top", "--count", "20", "--prefix", "mar").splitlines()
    assert [tuple(line.split("\t")) for line in lines] == [
        (name, repr(log_prob))
        for name, log_prob in zip(expected.names, expected.log_probs, strict=True)
    ]
    shown = json.loads(answer(server, "top", "--count=20", "--prefix=mar", "--json"))
    assert shown == json.loads(json.dumps(asdict(expected)))
    assert run(server, "top", "--pattern=ann?a?").stderr == "There are only 4 such names.\n"
    assert run(server, "top", "--pattern=ann").stderr == "There is only one such name.\n"
    assert run(server, "top", "--count=1", "--pattern=ann").stderr == ""
    none = run(server, "top", "--pattern=ann", "--suffix=o")
    assert none.stdout == ""
    assert none.stderr == "Error: no name satisfies the constraint under this sampling\n"


def test_measure_prints_every_figure(server: str, client: Client) -> None:
    """Every figure is printed, names above a floor only where there is a floor."""
    expected = asdict(client.measure(pattern="ka.*(a|o)", floor=-10))
    options = ("measure", "--pattern", "ka.*(a|o)", "--floor", "-10")
    assert json.loads(answer(server, *options, "--json")) == expected
    lines = dict(line.split("\t") for line in answer(server, *options).splitlines())
    shown = {name: value for name, value in expected.items() if name not in OF_ESTIMATES}
    assert lines == {name: str(value) for name, value in shown.items()}
    assert "names_above_floor" not in answer(server, "measure")
    table = on_a_terminal(server, *options)
    assert f"{expected['probability']:.6g}" in table
    assert re.search(r"│ more_above_floor +│ +no │", table)
    assert re.search(r"│ names +│ +4 │", on_a_terminal(server, "measure", "--pattern=ann?a?"))
    assert "names\t4\n" in answer(server, "measure", "--pattern=ann?a?")


def test_estimates_are_printed_with_their_intervals(deep_server: str) -> None:
    """A model without a chain answers estimates; what is exact is printed as it is."""
    options = ("measure", "--prefix=ka", "--suffix=a", "--floor=-9")
    lines = dict(line.split("\t") for line in answer(deep_server, *options).splitlines())
    interval = r"\d\S* \(95 %: \d\S* to \d\S*\)"
    for figure in ("probability", "probability_given_lengths", "expected_length"):
        assert re.fullmatch(interval, lines[figure])
    assert lines["names_above_floor"].isdecimal()
    few = answer(deep_server, "measure", "--pattern=ann?a?").splitlines()
    assert re.fullmatch(r"probability\t[\d.e-]+", few[0])
    found = json.loads(answer(deep_server, *options, "--json"))
    low, high = found["estimate"]["probability"].values()
    assert low < found["probability"] < high
    top = run(deep_server, "top", "--count=3")
    assert len(top.stdout.splitlines()) == 3
    assert top.stderr == ""


def test_an_answer_that_the_budget_ended_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """The note stands beside the names that are certain, on standard error."""
    names = TopNames(
        ("anna", "mia"), (-8.0, -8.5), exhausted=False, model="deep", version=1, budget_ended=True
    )
    measure = Measure(
        0.1, 0.1, 5.0, 1e9, 40, more_above_floor=False, model="deep", version=1, budget_ended=True
    )
    monkeypatch.setattr(Client, "top", lambda *_, **__: names)
    monkeypatch.setattr(Client, "measure", lambda *_, **__: measure)
    runner = CliRunner()
    listed = runner.invoke(namesmith, ["top", "--count=5"])
    assert listed.stdout.splitlines() == ["anna\t-8.0", "mia\t-8.5"]
    assert listed.stderr == "The budget of the search ended: the first 2 names are certain.\n"
    measured = runner.invoke(namesmith, ["measure", "--floor=-20"])
    assert "names_above_floor\t40\n" in measured.stdout
    assert measured.stderr == (
        "The budget of the search ended: there may be more names above the floor.\n"
    )


def test_describe_prints_figures_and_a_histogram(server: str, client: Client) -> None:
    """Each length has a bar in proportion to its probability, the longest of 40 characters."""
    expected = client.describe()
    assert json.loads(answer(server, "describe", "--json")) == json.loads(
        json.dumps(asdict(expected))
    )
    lines = [line.split("\t") for line in answer(server, "describe").splitlines()]
    figures = dict(line for line in lines if len(line) == 2)
    assert figures["entropy_per_name"] == str(expected.entropy_per_name)
    assert figures["perplexity_val"] == str(expected.perplexities["val"])
    bars = [line for line in lines if len(line) == 3]
    assert [int(length) for length, _, _ in bars] == list(range(len(bars)))
    most = max(expected.length_probabilities)
    for length, probability, bar in bars:
        assert float(probability) == expected.length_probabilities[int(length)]
        assert bar == "█" * round(40 * float(probability) / most)
    assert max(len(bar) for _, _, bar in bars) == 40
    assert "█" * 40 in on_a_terminal(server, "describe")


def test_a_malformed_pattern_is_one_line_and_status_1(server: str) -> None:
    """The line says which character of the pattern is wrong and why."""
    result = run(server, "top", "--pattern", "ka(")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: constraint.pattern: '(' at position 2: the group is not closed\n"
    )
