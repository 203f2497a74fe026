"""Fixtures of several of the trainer's tests."""

from dataclasses import replace

import pytest

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES
from namesmith_trainer.report import NetworkDiagnostics, diagnose
from namesmith_trainer.training import ChainRun, NetworkRun, train

pytest.register_assert_rewrite("family_laws")


@pytest.fixture(scope="session")
def counted_run() -> ChainRun:
    """Provide a run of ``kneser-ney`` on names of which some stand several times."""
    data = Names.read("us-names")
    repeated = data.names[:3_000] + data.names[:1_000:3]
    return train(replace(data, names=repeated), RECIPES["kneser-ney"], 42, "cpu", iter)


@pytest.fixture(scope="session")
def diagnostics(small_run: NetworkRun) -> NetworkDiagnostics:
    """Provide the numbers of the small run's report."""
    return diagnose(small_run)
