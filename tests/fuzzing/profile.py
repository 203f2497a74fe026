"""The number of examples of a fuzz test: few in the ordinary suite, many on request."""

import os
from collections.abc import Callable
from typing import TypeVar

from hypothesis import HealthCheck, settings

Test = TypeVar("Test", bound=Callable[..., object])

ASKED = int(os.environ.get("NAMESMITH_FUZZ", "0"))
"""Number of examples of each fuzz test in a long run; 0 in the ordinary suite."""


def fuzzed(examples: int = 60) -> Callable[[Test], Test]:
    """Return the decorator that sets how many examples a test tries, unless a long run is asked.

    The ordinary suite tries the same examples every time: a fault that nobody has just made fails
    no one's change. A long run tries fresh ones.
    """
    return settings(
        max_examples=ASKED or examples,
        derandomize=not ASKED,
        database=None,
        suppress_health_check=[*HealthCheck],
    )
