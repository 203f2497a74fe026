"""Fault 39: mixed stress, with clients that are killed, leaks nothing and meets typed errors alone.

An hour of it is ``make soak SECONDS=3600``.
"""

import sys

import pytest

from fuzzing import WatchedServer
from stress import LEAK, MOST, stress

SECONDS = 30.0
"""Seconds of stress, after half of them as warm-up."""

CALLS = 200
"""Least number of calls that must have come to an end, on a busy machine too."""

LEAKING = f"{LEAK}\nfrom namesmith_server.app.main import main\nmain()"


@pytest.mark.slow
def test_fault_39_mixed_stress_leaks_nothing_and_ends_every_call_with_a_typed_status() -> None:
    """Clients of all kinds come and are killed: the memory stays, the log is clean."""
    with WatchedServer.running() as server:
        outcome = stress(server.address, server.pid, SECONDS)
        server.check()
    assert not outcome.untyped
    assert outcome.killed >= SECONDS / 4
    assert outcome.outcomes.total() >= CALLS
    assert outcome.grown <= MOST


@pytest.mark.slow
def test_fault_39_a_server_made_to_leak_is_found_out() -> None:
    """The same stress shows a leak of 1 MiB every 0.4 s: the check can fail."""
    program = (sys.executable, "-c", LEAKING)
    with WatchedServer.running(program=program) as server:
        assert stress(server.address, server.pid, SECONDS).grown > MOST
