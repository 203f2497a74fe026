"""Fixtures of the report's tests."""

from collections.abc import Iterator
from dataclasses import replace

import pytest

import namesmith_trainer.distillation  # noqa: F401 - makes the recipe trainable
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override, with_teachers
from namesmith_trainer.training import ChainRun, train


@pytest.fixture(scope="session")
def distilled_run() -> Iterator[ChainRun]:
    """Provide a run of ``distilled`` with two networks and counts, on names that do not repeat."""
    data = Names.read("us-names")
    network = override(RECIPES["batchnorm"], steps=300, hidden=16, embedding=4)
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(RECIPES, "tiny", replace(network, name="tiny"))
        settings = {"block_size": 4, "counts": 4, "states": 300, "sampled_names": 3_000}
        recipe = with_teachers(override(RECIPES["distilled"], **settings), ("tiny",))
        yield train(replace(data, names=data.names[::20]), recipe, 42, "cpu", iter)
