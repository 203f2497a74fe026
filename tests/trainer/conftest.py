"""Fixtures of several of the trainer's tests."""

import pytest

from namesmith_trainer.report import Diagnostics, diagnose
from namesmith_trainer.training import Run

pytest.register_assert_rewrite("family_laws")


@pytest.fixture(scope="session")
def diagnostics(small_run: Run) -> Diagnostics:
    """Provide the numbers of the small run's report."""
    return diagnose(small_run)
