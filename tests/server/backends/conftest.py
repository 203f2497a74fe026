"""Bundles to open backends on."""

from pathlib import Path

import pytest

from namesmith.bundle import Bundle

pytest.register_assert_rewrite("laws")


SLOW = {"wandering"}
"""Models whose graphs take half a minute to export."""


def pytest_generate_tests(metafunc: pytest.Metafunc) -> None:
    """Run each law on every model that its test class names."""
    if "bundle" in metafunc.fixturenames and metafunc.cls is not None:
        models = [
            pytest.param(name, marks=[pytest.mark.slow] * (name in SLOW))
            for name in metafunc.cls.models
        ]
        metafunc.parametrize("bundle", models, indirect=True)


@pytest.fixture(scope="session")
def small(repository: Path) -> Bundle:
    """Provide the bundle of a model with a table."""
    return Bundle.open(repository / "small" / "1")


@pytest.fixture(scope="session")
def deep(deep_repository: Path) -> Bundle:
    """Provide the bundle of a model with neither table nor chain."""
    return Bundle.open(deep_repository / "deep" / "1")


@pytest.fixture(scope="session")
def definite(definite_repository: Path) -> Bundle:
    """Provide the bundle of a chain whose states are contexts of up to four symbols."""
    return Bundle.open(definite_repository / "definite" / "1")


@pytest.fixture(scope="session")
def wandering(wandering_repository: Path) -> Bundle:
    """Provide the bundle of a chain with random successors."""
    return Bundle.open(wandering_repository / "wandering" / "1")


@pytest.fixture
def bundle(request: pytest.FixtureRequest) -> Bundle:
    """Provide the bundle of the model that the test names."""
    opened: Bundle = request.getfixturevalue(request.param)
    return opened
