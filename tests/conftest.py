"""What many tests need: small data, a trained model, a published bundle."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import Run, train

torch.set_num_threads(1)  # products this small lose more by sharing than they gain


def unwatched(losses: Iterator[Tensor]) -> Iterator[Tensor]:
    """Looks at nothing."""
    return losses


@pytest.fixture(scope="session")
def small_run() -> Run:
    """A run of 2,000 steps on us-names: far from trained, but a real model."""
    return train(
        Names.read("us-names"), replace(RECIPES["batchnorm"], steps=2_000), 42, "cpu", unwatched
    )


@pytest.fixture(scope="session")
def repository(small_run: Run, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with the small run as model ``small``; not to be changed."""
    models = tmp_path_factory.mktemp("models")
    publish(models, *build_bundle(small_run, "small"))
    return models


@pytest.fixture(scope="session")
def deep_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A repository with a model too large for a table as model ``deep``; not to be changed."""
    models = tmp_path_factory.mktemp("deep")
    recipe = override(RECIPES["batchnorm"], steps=1_000, block_size=6, embedding=4, hidden=32)
    deep = train(Names.read("us-names"), recipe, 42, "cpu", unwatched)
    publish(models, *build_bundle(deep, "deep"))
    return models
