"""The hook of long computations: without one they run on, with one it is called in their loops."""

from collections.abc import Callable

import pytest

from enumeration import conditioned
from namesmith_server.engine import Constraint, Sampling
from namesmith_server.engine.core import checkpoints

CONSTRAINT = Constraint(max_length=6)


@pytest.fixture(autouse=True)
def hooks(monkeypatch: pytest.MonkeyPatch) -> list[Callable[[], None]]:
    """Provide the hooks, none to begin with: those of other tests come back afterwards."""
    hooks: list[Callable[[], None]] = []
    monkeypatch.setattr(checkpoints, "_checkpoint_hooks", hooks)
    return hooks


def test_without_a_hook_a_checkpoint_does_nothing() -> None:
    """A computation ends by itself."""
    checkpoints.checkpoint()
    assert conditioned(1, Sampling(), CONSTRAINT).is_possible


def test_a_long_computation_calls_the_hook() -> None:
    """A conditioned chain calls it at least once for each length of a name."""
    calls: list[None] = []
    checkpoints.set_checkpoint_hook(lambda: calls.append(None))
    conditioned(1, Sampling(), CONSTRAINT)
    assert len(calls) > CONSTRAINT.max_length


def test_an_error_of_the_hook_ends_the_computation() -> None:
    """The chain is not built to its end, and the error reaches the caller."""
    calls: list[None] = []

    def cancel_at_the_third() -> None:
        calls.append(None)
        if len(calls) == 3:
            raise InterruptedError

    checkpoints.set_checkpoint_hook(cancel_at_the_third)
    with pytest.raises(InterruptedError):
        conditioned(1, Sampling(), CONSTRAINT)
    assert len(calls) == 3


def test_a_second_hook_takes_the_place_of_the_first(hooks: list[Callable[[], None]]) -> None:
    """One hook is called, the one that was set last."""
    calls: list[str] = []
    checkpoints.set_checkpoint_hook(lambda: calls.append("first"))
    checkpoints.set_checkpoint_hook(lambda: calls.append("second"))
    checkpoints.checkpoint()
    assert calls == ["second"]
    assert len(hooks) == 1
