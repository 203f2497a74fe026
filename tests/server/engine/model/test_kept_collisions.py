"""Kept collision probabilities: found once for all who ask, and again once they are forgotten."""

import asyncio

import pytest

from namesmith_server.engine import Constraint, Sampling
from namesmith_server.engine.model.kept_collisions import KEPT, KeptCollisions


class Finder:
    """A function that finds probabilities, and its calls; a low temperature fails once."""

    def __init__(self) -> None:
        self.asked: list[Sampling] = []

    async def find(self, sampling: Sampling, _: Constraint) -> float:
        """Return the temperature."""
        self.asked.append(sampling)
        await asyncio.sleep(0)
        if sampling.temperature < 0.1 and self.asked.count(sampling) == 1:
            raise ValueError("too cold")
        return sampling.temperature


async def test_a_probability_is_found_once_for_all_who_ask() -> None:
    """Callers at the same time, and later ones, share one search; others have their own."""
    finder = Finder()
    kept = KeptCollisions(finder.find)
    asked = [Sampling(temperature) for temperature in (0.5, 0.7, 0.5, 0.5)]
    found = await asyncio.gather(*(kept.get(one, Constraint()) for one in asked))
    assert found == [0.5, 0.7, 0.5, 0.5]
    assert await kept.get(asked[0], Constraint()) == 0.5
    assert finder.asked == asked[:2]


async def test_a_search_that_failed_is_made_again() -> None:
    """An error is raised to its caller, and is not kept."""
    finder = Finder()
    kept = KeptCollisions(finder.find)
    with pytest.raises(ValueError, match="too cold"):
        await kept.get(Sampling(0.05), Constraint())
    assert await kept.get(Sampling(0.05), Constraint()) == 0.05


async def test_probabilities_are_forgotten_when_others_come_or_on_request() -> None:
    """The least recent of many goes, and all of them go together."""
    finder = Finder()
    kept = KeptCollisions(finder.find)
    for place in range(KEPT + 1):
        await kept.get(Sampling(1 + place / 100), Constraint())
    await kept.get(Sampling(1), Constraint())
    assert finder.asked.count(Sampling(1)) == 2
    kept.forget()
    await kept.get(Sampling(1), Constraint())
    assert finder.asked.count(Sampling(1)) == 3
