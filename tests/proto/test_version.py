"""The version that programs tell is that of the distribution."""

import tomllib
from pathlib import Path

from namesmith.version import VERSION


def test_the_version_is_the_distributions() -> None:
    """The constant and pyproject.toml agree."""
    project = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    assert project["project"]["version"] == VERSION
