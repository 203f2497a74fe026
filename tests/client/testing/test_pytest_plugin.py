"""The pytest plugin, in a suite of its own as its users have it."""

import subprocess
import sys
from pathlib import Path

import pytest

SUITE = """
import pytest

pytest_plugins = ["namesmith_client.testing.pytest_plugin"]


@pytest.fixture(scope="session")
def namesmith_server_options():
    return ["--max-symbols", "3200"]


def test_a_server_answers(namesmith_client, namesmith_server):
    assert namesmith_server.startswith("127.0.0.1:")
    assert namesmith_client.server().max_symbols == 3200
    assert namesmith_client.generate(1, seed=42).names == ("frynley",)


def test_the_fake_answers(namesmith_fake_client):
    assert namesmith_fake_client.model().name == "fake"
"""
"""A suite that uses every fixture."""

WITHOUT = """
import pytest

pytest_plugins = ["namesmith_client.testing.pytest_plugin"]


@pytest.fixture(autouse=True, scope="session")
def nothing_installed():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("shutil.which", lambda *_, **__: None)
        yield


def test_a_server_answers(namesmith_server):
    assert namesmith_server
"""
"""A suite on a machine that has the client alone."""

REFUSED = SUITE.replace("3200", "none")
"""A suite whose server refuses its options."""


def outcome(folder: Path, suite: str) -> str:
    """Run a suite, and return what pytest prints."""
    (folder / "test_suite.py").write_text(suite, "utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-W", "error", "-p", "no:asyncio"]
    ended = subprocess.run(
        command, cwd=folder, capture_output=True, text=True, timeout=120, check=False
    )
    assert ended.stderr == ""
    return ended.stdout


def test_the_fixtures_give_a_server_and_clients(tmp_path: Path) -> None:
    """A real server on a free port, with the suite's options, and a fake."""
    assert "2 passed" in outcome(tmp_path, SUITE)


def test_a_server_that_is_missing_is_an_error_in_words(tmp_path: Path) -> None:
    """The suite is told what to install; its tests do not pass silently."""
    printed = outcome(tmp_path, WITHOUT)
    assert "namesmith-server is not installed: pip install 'namesmith[server]'" in printed
    assert "1 error" in printed


@pytest.mark.slow
def test_a_server_that_refuses_its_options_is_an_error_in_words(tmp_path: Path) -> None:
    """The suite is told what the server said."""
    printed = outcome(tmp_path, REFUSED)
    assert "namesmith-server ended before it served" in printed
    assert "--max-symbols" in printed
