"""Work is bounded in all and by connection, and room for a newcomer is left."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith_server.engine import Admission, OverloadedError


def greedy(admission: Admission, connection: str, weight: int = 1) -> int:
    """Ask for work until it is refused; return how much was admitted."""
    admitted = 0
    while True:
        try:
            admission.acquire(weight, connection)
        except OverloadedError:
            return admitted
        admitted += weight


def test_a_connection_alone_has_two_thirds() -> None:
    """The last third is left to others."""
    assert greedy(Admission(9_000), "one") == 6_000


@pytest.mark.parametrize("connections", [1, 2, 8, 40])
def test_greedy_connections_leave_room_for_a_newcomer(connections: int) -> None:
    """Whatever greedy connections take in turns, the next one finds a place."""
    admission = Admission(9_000)
    held = dict.fromkeys(map(str, range(connections)), 0)
    growing = set(held)
    while growing:
        for connection in sorted(growing):
            try:
                admission.acquire(1, connection)
                held[connection] += 1
            except OverloadedError:
                growing.discard(connection)
    assert max(held.values()) - min(held.values()) <= 2
    assert greedy(admission, "newcomer") >= 9_000 // (2 * connections + 1) // 2


def test_connections_that_come_in_turn_leave_a_reserve() -> None:
    """After twelve, each of which takes all that it is given, the next finds a place."""
    admission = Admission(6_400)
    for number in range(12):
        assert greedy(admission, str(number)) >= 100
    assert greedy(admission, "newcomer") == 100


def test_a_refusal_tells_the_share_of_the_connection() -> None:
    """The message names what is asked for, what is held and what may be held."""
    admission = Admission(9_000, "bytes")
    admission.acquire(3_000, "other")
    admission.acquire(2_000, "mine")
    with pytest.raises(OverloadedError, match=r"^2500 more .* has 2000 in .* 4000 at once$"):
        admission.acquire(2_500, "mine")


def test_work_above_the_limit_is_admitted_alone() -> None:
    """A weight above the limit counts as the limit, and waits for all other work to end."""
    admission = Admission(10)
    with admission.admit(50, "one"), pytest.raises(OverloadedError), admission.admit(1, "two"):
        pytest.fail("there is no room")
    with admission.admit(1, "one"), pytest.raises(OverloadedError), admission.admit(50, "one"):
        pytest.fail("there is no room")
    with admission.admit(50, "two"):
        pass


@given(st.lists(st.tuples(st.integers(0, 4_000), st.sampled_from("abc")), max_size=40))
def test_what_has_ended_is_held_no_more(asked: list[tuple[int, str]]) -> None:
    """After any work, refused or done, a connection alone has its two thirds again."""
    admission = Admission(9_000)
    admitted = []
    for weight, connection in asked:
        permit = admission.admit(weight, connection)
        try:
            permit.__enter__()
        except OverloadedError:
            continue
        admitted.append(permit)
    for permit in admitted:
        permit.__exit__()
    assert greedy(admission, "d") == 6_000


def test_a_small_limit_is_for_whoever_comes_first() -> None:
    """A few hundred names are too few for shares: one connection may have them all."""
    admission = Admission(600)
    with admission.admit(512, "one"), admission.admit(80, "one"):
        pass


def test_one_holder_has_at_most_its_bound_but_for_a_single_piece_of_work() -> None:
    """Other holders have bounds of their own, and work that is released is free again."""
    admission = Admission(9_000, most_of_one=100)
    with admission.admit(60, "one"):
        with pytest.raises(OverloadedError, match="this caller has 60 in work, a caller has at m"):
            admission.acquire(41, "one")
        with admission.admit(40, "one"), admission.admit(100, "two"):
            pass
    with admission.admit(500, "one"):
        with pytest.raises(OverloadedError):
            admission.acquire(1, "one")
        with admission.admit(1, "two"):
            pass
    with admission.admit(100, "one"):
        pass
