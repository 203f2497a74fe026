"""The Hypothesis strategy of names."""

import sys

import pytest
from hypothesis import find, given

from namesmith_client.testing import FakeClient, names


@given(names(prefix="ma", max_length=6))
def test_names_satisfy_the_constraint(name: str) -> None:
    """The arguments of generate hold for every example."""
    assert name.startswith("ma")
    assert len(name) <= 6


def test_an_example_shrinks_to_the_shortest_name() -> None:
    """The simplest name that fails is the shortest, of these the first in the alphabet."""
    sampled = set(FakeClient().generate(1_000, seed=0).names)
    simplest = min(one for one in sampled if len(one) == 3)
    assert find(names(), lambda name: len(name) >= 3) == simplest


def test_a_strategy_calls_no_server_before_it_is_used() -> None:
    """A module may make strategies of a client whose server starts later; one call is enough."""
    client = FakeClient()
    strategy = names(client)
    client.close()
    with pytest.raises(RuntimeError, match="the client is closed"):
        strategy.validate()


def test_without_hypothesis_the_message_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The strategy alone needs Hypothesis."""
    monkeypatch.setitem(sys.modules, "hypothesis", None)
    with pytest.raises(ImportError, match="pip install hypothesis"):
        names()
