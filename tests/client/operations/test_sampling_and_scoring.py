"""Sampling and scoring names, by both clients on the real server."""

import math
from collections.abc import Callable
from typing import Any

import pytest

from namesmith_client import GeneratedNames

Caller = Callable[..., Any]


def test_a_seed_gives_the_same_names_to_both_clients(call: Caller) -> None:
    """All 64 bits of the seed reach the server and come back, with the same names."""
    seed = 2**64 - 1
    assert call("generate", 3, seed=seed) == GeneratedNames(
        names=call("generate", 50, seed=seed).names[:3],
        log_probs=None,
        seed=seed,
        model="us-names",
        version=1,
    )


def test_without_a_seed_the_result_tells_the_seed_that_was_drawn(call: Caller) -> None:
    """A call with the drawn seed gives the same names."""
    drawn = call("generate", 20)
    assert call("generate", 20, seed=drawn.seed) == drawn
    assert call("generate", 20).seed != drawn.seed  # false alarm: 2**-64


def test_log_probs_of_generated_names_are_their_scores(call: Caller) -> None:
    """Generate and score agree, and the values of a name's symbols sum to the name's."""
    generated = call("generate", 100, seed=3, min_length=0, log_probs=True)
    scored = call("score", generated.names, per_character=True)
    assert scored.names == generated.names
    assert generated.log_probs == pytest.approx(scored.log_probs, abs=1e-9)
    for name, log_prob, characters in zip(
        scored.names, scored.log_probs, scored.character_log_probs, strict=True
    ):
        assert len(characters) == len(name) + 1
        assert math.fsum(characters) == pytest.approx(log_prob, abs=1e-5)
    assert call("score", iter(("anna",))).character_log_probs is None


def test_sampling_prefix_and_lengths_reach_the_sampler(call: Caller) -> None:
    """Each argument has an effect that shows in the names."""
    assert len(set(call("generate", 20, temperature=0).names)) == 1
    assert len(set(call("generate", 20, top_k=1).names)) == 1
    assert len(set(call("generate", 20, top_p=1e-9).names)) == 1
    assert len(set(call("generate", 20, min_p=1).names)) == 1
    names = call("generate", 50, seed=1, prefix="ma", min_length=4, max_length=5).names
    assert {name[:2] for name in names} == {"ma"}
    assert {len(name) for name in names} == {4, 5}


def test_every_other_kind_of_constraint_reaches_the_sampler(call: Caller) -> None:
    """Each argument has an effect that shows in the names, drawn at once or as a stream."""
    names = call("generate", 50, seed=1, suffix="na", contains="l", novel=True).names
    assert all(name.endswith("na") and "l" in name for name in names)
    constraint = {"pattern": "ann?a?", "forbidden": iter(["ann"]), "distinct": True}
    few = call("generate", 10, seed=1, **constraint)
    assert sorted(few.names) == ["an", "ana", "anna"]
    assert few.exhausted
    assert few.acceptance_rate is None
    stream = call("stream", 10, seed=1, **{**constraint, "forbidden": ["ann"]})
    assert tuple(stream) == few.names
    assert stream.exhausted
    with pytest.raises(TypeError, match="forbidden: 'anna' is one name"):
        call("generate", 1, forbidden="anna")
