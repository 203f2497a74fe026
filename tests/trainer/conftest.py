"""Fixtures of several of the trainer's tests."""

import pytest

from namesmith_trainer.report import NetworkDiagnostics, diagnose
from namesmith_trainer.training import NetworkRun

pytest.register_assert_rewrite("family_laws")


@pytest.fixture(scope="session")
def diagnostics(small_run: NetworkRun) -> NetworkDiagnostics:
    """Provide the numbers of the small run's report."""
    return diagnose(small_run)
