"""The wheels of both distributions, built from a copy of the checkout."""

import shutil
from pathlib import Path

import pytest

from wheels import ROOT, build

SOURCES = ("proto", "client", "server", "trainer", "web", "hatch_build.py", "pyproject.toml")


@pytest.fixture(scope="session")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a copy of the sources: a build compiles beside them, under running servers."""
    copy = tmp_path_factory.mktemp("checkout")
    unwanted = shutil.ignore_patterns("__pycache__", "*.so")
    for name in (*SOURCES, "README.md", "LICENSE"):
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, copy / name, ignore=unwanted)
        else:
            shutil.copy(source, copy)
    return copy


@pytest.fixture(scope="session")
def client_wheel(checkout: Path) -> Path:
    """Provide the wheel of the client."""
    return build("wheel", checkout / "client")


@pytest.fixture(scope="session")
def server_wheel(checkout: Path) -> Path:
    """Provide the wheel of the server, built without a C compiler."""
    return build("wheel", checkout, compiler="false")
