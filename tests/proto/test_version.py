"""The version that programs tell is that of both distributions."""

import tomllib
from pathlib import Path

from namesmith.version import VERSION

ROOT = Path(__file__).parents[2]


def test_the_version_is_both_distributions() -> None:
    """The constant and both pyproject.toml agree, and the server asks for this very client."""
    server, client = (
        tomllib.loads((ROOT / folder / "pyproject.toml").read_text())["project"]
        for folder in (".", "client")
    )
    assert server["version"] == client["version"] == VERSION
    assert server["dependencies"] == [f"namesmith-client[cli]=={VERSION}"]
