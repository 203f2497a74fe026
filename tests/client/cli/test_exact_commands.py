"""The commands top, measure and describe, run by a script."""

import json
import re
from dataclasses import asdict

from namesmith_client import Client
from namesmith_client.cli.commands.exact import OF_ESTIMATES
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
