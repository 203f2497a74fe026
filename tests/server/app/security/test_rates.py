"""The calls a second of each caller."""

import pytest

from namesmith_server.app.security.rates import MAX_CALLERS, CallerRates
from namesmith_server.grpc import CallerRateError


class Clock:
    """A clock that stands still until it is told."""

    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        """Return the time in seconds."""
        return self.now


def admitted(rates: CallerRates, caller: str, tries: int = 100) -> int:
    """Return the number of calls that a caller makes before one is refused."""
    for count in range(tries):
        try:
            rates.count(caller)
        except CallerRateError:
            return count
    return tries


@pytest.mark.parametrize(("most", "burst"), [(10.0, 10), (1.0, 1), (0.5, 1), (2.5, 2), (1e9, 100)])
def test_a_burst_is_the_calls_of_a_second(most: float, burst: int) -> None:
    """One call at least; calls that are refused do not count."""
    clock = Clock()
    rates = CallerRates(most, clock)
    assert admitted(rates, "a") == burst
    assert admitted(rates, "a") in {0, 100}
    assert admitted(rates, "b") == burst


def test_a_caller_is_served_its_rate_over_time() -> None:
    """A minute of steady calls at ten times the rate has the rate's number, and one burst."""
    clock = Clock()
    rates = CallerRates(10, clock)
    served = 0
    for _ in range(6_000):
        clock.now += 0.01
        served += admitted(rates, "a", 1)
    assert 600 <= served <= 611


def test_an_idle_caller_has_one_burst_again() -> None:
    """However long it was idle."""
    clock = Clock()
    rates = CallerRates(10, clock)
    assert admitted(rates, "a") == 10
    clock.now += 10_000
    assert admitted(rates, "a") == 10


def test_the_number_of_remembered_callers_is_bounded() -> None:
    """The one that called least recently is forgotten, one that calls on is not."""
    rates = CallerRates(2, Clock())
    assert admitted(rates, "busy") == 2
    for number in range(3 * MAX_CALLERS):
        rates.count(f"caller {number}")
        if number % 1_000 == 0:
            rates._full.move_to_end("busy")
    assert len(rates) == MAX_CALLERS
    assert admitted(rates, "busy") == 0


def test_the_refusal_tells_the_rate() -> None:
    """In calls a second."""
    rates = CallerRates(0.5, Clock())
    rates.count("a")
    with pytest.raises(CallerRateError, match=r"at most 0\.5 a second"):
        rates.count("a")
