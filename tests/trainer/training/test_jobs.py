"""Tests of the way from a recipe's class to the function that trains it."""

from collections.abc import Generator, Iterator
from dataclasses import dataclass

import numpy as np
import pytest

from namesmith_trainer.chains import Chain
from namesmith_trainer.data import Names
from namesmith_trainer.models import Recipe
from namesmith_trainer.training import (
    ChainRun,
    Job,
    Progress,
    StoppedError,
    chain_losses,
    train,
    trains,
)


@dataclass(frozen=True)
class UniformRecipe(Recipe):
    """A recipe of the chain that favours no symbol, for which no other file has to know it."""


@dataclass(frozen=True)
class DerivedRecipe(UniformRecipe):
    """A recipe without a trainer of its own."""


@trains(UniformRecipe)
def make_uniform(job: Job[UniformRecipe]) -> Generator[Progress, None, ChainRun]:
    """Make the chain in three parts."""
    for done in range(1, 4):
        yield Progress("thinking", done, 3)
        job.check(Progress("thinking", done, 3))
    size = len(job.vocabulary)
    chain = Chain.from_contexts([()], np.full((1, size), 1 / size))
    return ChainRun(
        data=job.data,
        splits=job.splits,
        vocabulary=job.vocabulary,
        recipe=job.recipe,
        batch_seed=job.batch_seed,
        device=job.device,
        seconds=0.0,
        split_losses=chain_losses(job, chain),
        chain=chain,
    )


NAMES = Names.read("us-names")
"""Names to train on."""


@pytest.mark.parametrize("kind", [UniformRecipe, DerivedRecipe])
def test_a_class_of_recipes_has_the_trainer_of_its_own_or_of_its_base(
    kind: type[UniformRecipe],
) -> None:
    """A function under ``@trains`` is all that a new class of recipes needs."""
    run = train(NAMES, kind("uniform"), 42, "cpu", iter)
    assert run.losses["val"] == pytest.approx(np.log(27), rel=1e-6)
    assert run.symbols["val"] == sum(len(name) + 1 for name in run.splits["val"])


def test_a_watch_sees_every_event_and_a_stop_ends_the_run() -> None:
    """The run ends at the event that the watch saw last, and the error names its place."""
    seen: list[Progress] = []

    def watch(events: Iterator[Progress]) -> Iterator[Progress]:
        for event in events:
            seen.append(event)
            yield event

    train(NAMES, UniformRecipe("uniform"), 42, "cpu", watch)
    assert [event.done for event in seen] == [1, 2, 3]
    seen.clear()
    with pytest.raises(StoppedError, match="stopped at thinking, part 2"):
        train(NAMES, UniformRecipe("uniform"), 42, "cpu", watch, stop=lambda: len(seen) == 2)
