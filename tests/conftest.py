"""Fixtures of the whole suite, a trained model and published bundles, and hypothesis' profile."""

import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from hypothesis import settings

from chain_bundles import MEMORY, definite_chain, publish_chain, wandering_chain
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import NetworkRun, Progress, train

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # before any test imports Triton, which reads it then

# A deadline per example, in wall-clock time, fails on a busy machine.
settings.register_profile("namesmith", deadline=None)
settings.load_profile("namesmith")

torch.set_num_threads(1)  # small matrix products lose more by sharing than they gain


def unwatched(events: Iterator[Progress]) -> Iterator[Progress]:
    """Return the events of a run unchanged and show no progress."""
    return events


@pytest.fixture(scope="session")
def small_run() -> NetworkRun:
    """Provide a run of 2,000 steps on us-names: far from trained, but a real model."""
    return train(
        Names.read("us-names"), replace(RECIPES["batchnorm"], steps=2_000), 42, "cpu", unwatched
    )


@pytest.fixture(scope="session")
def repository(small_run: NetworkRun, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a read-only repository with the small run as model ``small``, which has a table."""
    models = tmp_path_factory.mktemp("models")
    publish(models, *build_bundle(small_run, "small"))
    return models


@pytest.fixture(scope="session")
def deep_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a read-only repository with model ``deep``, which is too large for a table."""
    models = tmp_path_factory.mktemp("deep")
    recipe = override(RECIPES["batchnorm"], steps=1_000, block_size=6, embedding=4, hidden=32)
    deep = train(Names.read("us-names"), recipe, 42, "cpu", unwatched)
    publish(models, *build_bundle(deep, "deep"))
    return models


@pytest.fixture(scope="session")
def definite_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a read-only repository with model ``definite``: a chain of order 4, 260 states."""
    models = tmp_path_factory.mktemp("definite")
    publish_chain(models, "definite", definite_chain(1, 4, 0.6), 4)
    return models


@pytest.fixture(scope="session")
def wandering_repository(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a read-only repository with model ``wandering``: 53 states, random successors."""
    models = tmp_path_factory.mktemp("wandering")
    publish_chain(models, "wandering", wandering_chain(1, 60), MEMORY)
    return models
