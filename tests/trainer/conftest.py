"""What several tests of the trainer need."""

import pytest

from namesmith_trainer.diagnostics.diagnostics import Diagnostics, diagnose
from namesmith_trainer.run import Run


@pytest.fixture(scope="session")
def diagnostics(small_run: Run) -> Diagnostics:
    """The inside of the small run."""
    return diagnose(small_run)
