"""Constraints and questions on the command line, run as a person or a script runs them."""

import json
import re
from collections.abc import Iterator
from dataclasses import asdict

import pytest

from fakes import Fake, serving
from namesmith.v1.names_pb2 import StreamNamesRequest, StreamNamesResponse
from namesmith_client import Client
from terminal import answer, on_a_terminal, run


@pytest.fixture
def client(server: str) -> Iterator[Client]:
    """The library, to compare with."""
    with Client(server) as one:
        yield one


def test_constraints_of_generate_reach_the_call(server: str, client: Client) -> None:
    """The options give the names that the library gives for the same arguments."""
    expected = client.generate(
        8,
        seed=4,
        prefix="k",
        suffix="a",
        contains="l",
        pattern="ka.*(a|o)",
        forbidden=["kayla", "kala"],
        novel=True,
        distinct=True,
        max_length=7,
    )
    options = "--count=8 --seed=4 --prefix=k --suffix=a --contains=l --pattern=ka.*(a|o)"
    more = "--forbidden=kayla --forbidden=kala --novel --distinct --max-length=7"
    shown = answer(server, "generate", *options.split(), *more.split())
    assert tuple(shown.splitlines()) == expected.names


def test_generate_says_that_there_are_no_more(server: str) -> None:
    """On standard error, so that standard output holds names alone; in JSON it is a key."""
    result = run(server, "generate", "--distinct", "--pattern", "ann?a?")
    assert sorted(result.stdout.split()) == ["an", "ana", "ann", "anna"]
    assert result.stderr == "There are no more such names.\n"
    shown = json.loads(answer(server, "generate", "--distinct", "--pattern=ann?a?", "--json"))
    assert shown["exhausted"] is True


def test_generate_says_that_a_model_without_a_table_gave_up() -> None:
    """On standard error, behind the names that were found."""

    class GaveUp(Fake):
        def StreamNames(  # noqa: N802 - gRPC's name
            self, request: StreamNamesRequest, _context: object
        ) -> Iterator[StreamNamesResponse]:
            origin = StreamNamesResponse(seed=request.seed, model="fake", version=1)
            for names, gave_up in ((["anna"], False), ([], True)):
                origin.names[:], origin.gave_up, origin.acceptance_rate = names, gave_up, 0.1
                yield origin

    with serving(GaveUp()) as address:
        result = run(address, "generate", "--distinct")
        assert (result.returncode, result.stdout) == (0, "anna\n")
        assert result.stderr.startswith("Gave up: there may be more such names")
        assert "anna" in on_a_terminal(address, "generate")
        assert json.loads(answer(address, "generate", "--json"))["gave_up"] is True


def test_top_prints_a_name_and_its_log_probability_a_line(server: str, client: Client) -> None:
    """Exactly on a pipe; in JSON all that the library answers; fewer are said to be all."""
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
    """Names above a floor only where there is one."""
    expected = asdict(client.measure(pattern="ka.*(a|o)", floor=-10))
    options = ("measure", "--pattern", "ka.*(a|o)", "--floor", "-10")
    assert json.loads(answer(server, *options, "--json")) == expected
    lines = dict(line.split("\t") for line in answer(server, *options).splitlines())
    assert lines == {name: str(value) for name, value in expected.items()}
    assert "names_above_floor" not in answer(server, "measure")
    shown = on_a_terminal(server, *options)
    assert f"{expected['probability']:.6g}" in shown
    assert re.search(r"│ more_above_floor +│ +no │", shown)
    assert re.search(r"│ names +│ +4 │", on_a_terminal(server, "measure", "--pattern=ann?a?"))
    assert "names\t4\n" in answer(server, "measure", "--pattern=ann?a?")


def test_describe_prints_figures_and_a_histogram(server: str, client: Client) -> None:
    """A bar a length, the longest of 40 characters, as long as the length is probable."""
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


def test_a_pattern_that_is_none_is_an_error_in_a_line(server: str) -> None:
    """Exit status 1, and what is wrong where."""
    result = run(server, "top", "--pattern", "ka(")
    assert (result.returncode, result.stdout) == (1, "")
    assert result.stderr == (
        "Error: constraint.pattern: '(' at position 2: the group is not closed\n"
    )
