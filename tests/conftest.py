"""Fixtures of the whole suite, a trained model and published bundles, and hypothesis' profile."""

import gc
import os
from collections.abc import Callable, Iterator
from dataclasses import replace
from functools import cache
from pathlib import Path

import pytest
import torch
from filelock import FileLock
from hypothesis import HealthCheck, settings
from torch.onnx._internal.exporter._registration import ONNXRegistry

from chain_bundles import MEMORY, definite_chain, publish_chain, wandering_chain
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish import build_bundle, publish
from namesmith_trainer.training import NetworkRun, Progress, train

if not torch.cuda.is_available():
    os.environ["TRITON_INTERPRET"] = "1"  # before any test imports Triton, which reads it then

# Fifty examples a test, fresh ones in each run, for the sake of the suite's time. A deadline per
# example, and a health check of slow examples, in wall-clock time, fail on a busy machine.
# Constraints that admit no name are often drawn, and left out: a test without any example fails all
# the same.
settings.register_profile(
    "namesmith",
    max_examples=50,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
settings.load_profile("namesmith")

# The exporter reads the sources of its 500 translations for every export: two thirds of the time.
ONNXRegistry.from_torchlib = staticmethod(cache(ONNXRegistry.from_torchlib))

torch.set_num_threads(1)  # small matrix products lose more by sharing than they gain


def pytest_collection_finish() -> None:
    """Exempt what was imported from garbage collection: it is a tenth of the suite's time."""
    gc.collect()
    gc.freeze()


Shared = Callable[[str, Callable[[Path], object]], Path]
"""Function that fills a repository of a name once, by a function that publishes into it."""


def unwatched(events: Iterator[Progress]) -> Iterator[Progress]:
    """Return the events of a run unchanged and show no progress."""
    return events


@pytest.fixture(scope="session")
def shared_repository(
    tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Shared:
    """Provide a function that fills a repository once, for all processes of this run of tests.

    Its arguments are the name of the folder, and the function that publishes into it.
    """
    root = tmp_path_factory.getbasetemp()
    if hasattr(request.config, "workerinput"):  # xdist gives each process a folder in the run's
        root = root.parent

    def fill(name: str, publish_into: Callable[[Path], object]) -> Path:
        models, done = root / f"shared-{name}", root / f"shared-{name}.done"
        with FileLock(root / f"shared-{name}.lock"):
            if not done.exists():
                models.mkdir()
                publish_into(models)
                done.touch()
        return models

    return fill


@pytest.fixture(scope="session")
def small_run() -> NetworkRun:
    """Provide a run of 2,000 steps on us-names: far from trained, but a real model."""
    return train(
        Names.read("us-names"), replace(RECIPES["batchnorm"], steps=2_000), 42, "cpu", unwatched
    )


@pytest.fixture(scope="session")
def repository(shared_repository: Shared, request: pytest.FixtureRequest) -> Path:
    """Provide a read-only repository with the small run as model ``small``, which has a table."""

    def publish_small(models: Path) -> None:
        run = request.getfixturevalue("small_run")  # trained by the process that publishes it
        publish(models, *build_bundle(run, "small"))

    return shared_repository("small", publish_small)


@pytest.fixture(scope="session")
def deep_repository(shared_repository: Shared) -> Path:
    """Provide a read-only repository with model ``deep``, which is too large for a table."""
    recipe = override(RECIPES["batchnorm"], steps=1_000, block_size=6, embedding=4, hidden=32)

    def publish_deep(models: Path) -> None:
        deep = train(Names.read("us-names"), recipe, 42, "cpu", unwatched)
        publish(models, *build_bundle(deep, "deep"))

    return shared_repository("deep", publish_deep)


@pytest.fixture(scope="session")
def definite_repository(shared_repository: Shared) -> Path:
    """Provide a read-only repository with model ``definite``: a chain of order 4, 260 states."""
    return shared_repository(
        "definite", lambda models: publish_chain(models, "definite", definite_chain(1, 4, 0.6), 4)
    )


@pytest.fixture(scope="session")
def wandering_repository(shared_repository: Shared) -> Path:
    """Provide a read-only repository with model ``wandering``: 53 states, random successors."""
    return shared_repository(
        "wandering",
        lambda models: publish_chain(models, "wandering", wandering_chain(1, 60), MEMORY),
    )
