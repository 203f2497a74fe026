"""Exact answers of models with a chain, by both clients on the real server."""

import math
from collections.abc import Callable
from typing import Any

import pytest

Caller = Callable[..., Any]


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
