"""Fixtures of the commands."""

from pathlib import Path

import pytest

from namesmith_trainer.data import Names


@pytest.fixture(scope="session")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a file of a thousand names, which no test changes."""
    path = tmp_path_factory.mktemp("data") / "names.txt"
    path.write_text("\n".join(Names.read("us-names").names[:1_000]), encoding="utf-8")
    return path
