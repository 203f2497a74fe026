"""Answers about a model's names, by both clients on the real server."""

import math
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any

import pytest

Caller = Callable[..., Any]

Connect = Callable[..., AbstractContextManager[Caller]]


def test_exact_answers_agree_with_each_other_and_with_scores(call: Caller) -> None:
    """A constraint's probability is the sum of the probabilities that its names are scored with."""
    top = call("top", 10, pattern="ann?a?")
    assert top.exhausted
    assert top.log_probs == call("score", top.names).log_probs
    measured = call("measure", pattern="ann?a?", floor=-1000)
    total = math.fsum(map(math.exp, top.log_probs))
    assert measured.probability == pytest.approx(total, rel=1e-7)  # the table's float32 rounding
    assert call("measure", pattern="ann?a?", floor=top.log_probs[2]).names_above_floor == 3
    assert (measured.names, measured.names_above_floor) == (4, 4)
    assert call("measure", prefix="a").names_above_floor is None
    assert call("top", 1, temperature=0).names == call("generate", 1, temperature=0).names
    described = call("describe")
    assert described == call("describe", "us-names")
    assert described.perplexities["val"] == pytest.approx(call("evaluate", "val").perplexity)
    assert math.fsum(described.length_probabilities) == pytest.approx(1, abs=1e-6)


def test_estimates_of_a_model_without_a_chain_are_marked(
    connect: Connect, deep_server: str
) -> None:
    """Figures have intervals where they are estimates; top names are exact and complete."""
    with connect(deep_server) as call:
        _check_estimates(call)


def _check_estimates(call: Caller) -> None:
    top = call("top", 20, prefix="ka", pattern=".*(a|o)")
    assert len(top.names) == 20
    assert not top.budget_ended
    measured = call("measure", prefix="ka", pattern=".*(a|o)", floor=top.log_probs[9])
    assert measured.names_above_floor == 10
    assert not measured.budget_ended
    assert measured.estimate is not None
    assert measured.estimate.draws > 1_000
    interval = measured.estimate.probability
    assert interval is not None
    assert interval.low < measured.probability < interval.high
    assert call("top", 9, pattern="ann?a?").exhausted
