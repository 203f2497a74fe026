"""Fault 52: strangers in a repository are passed over, each with a warning, and stop no start."""

import shutil
import sys
from pathlib import Path

import pytest
from safetensors.numpy import save

from bigrams import publish_bigram, rows_of, table_of
from bundles import copy_version
from namesmith.bundle import TABLE
from namesmith_client import Client
from processes import SERVER, refused, running

pytestmark = pytest.mark.slow  # CI has no room for it: make faults

ROWS = rows_of(1)

ARABIC_ONE = "\N{ARABIC-INDIC DIGIT ONE}"
"""A digit to ``str.isdecimal``, and no name of a version."""

WITHOUT_PRIVILEGE = (
    sys.executable,
    "-c",
    (
        "import ctypes, os, sys; libc = ctypes.CDLL(None);"
        " [libc.prctl(24, capability, 0, 0, 0) for capability in (1, 2)];"  # of reading all files
        " os.execv(sys.argv[1], sys.argv[1:])"
    ),
    SERVER,
)
"""Command of a server that may not read what it has no permission for, even if root starts it."""


@pytest.fixture
def models(tmp_path: Path) -> Path:
    """Provide a repository with version 1 of the model bigram, which has a table."""
    publish_bigram(tmp_path / "models", ROWS, {TABLE: save({"log_probs": table_of(ROWS)})})
    return tmp_path / "models"


def add_strangers(models: Path) -> dict[str, str]:
    """Add strangers of every kind; return the reason for which each is passed over, by path."""
    outside = models.parent / "outside"
    shutil.copytree(models / "bigram", outside)
    (models / "lost+found").mkdir()
    (models / "empty").mkdir()
    (models / "README").touch()
    (models / "Upper").mkdir()
    (models / "\x1b[31mred\nline").mkdir()
    (models / "linked").symlink_to(outside)
    (models / "dangling").symlink_to("/nonexistent")
    (models / ".hidden").mkdir()
    model = models / "bigram"
    copy_version(model / "1", models, 2)
    shutil.move(model / "2", model / "02")
    (model / "3").symlink_to(outside / "1")
    (model / "4").touch()
    for name in (ARABIC_ONE, "0", "-1", "5.0", "9" * 31, "1e3"):
        (model / name).mkdir()
    (model / ".partial-x").mkdir()
    named = "has another name than models and versions have"
    return {
        "lost+found": named,
        "README": "is no folder",
        "Upper": named,
        r"\x1b[31mred\nline": named,
        "linked": "is a symlink",
        "dangling": "is a symlink",
        "bigram/02": named,
        "bigram/3": "is a symlink",
        "bigram/4": "is no folder",
        **{f"bigram/{name}": named for name in (ARABIC_ONE, "0", "-1", "5.0", "9" * 31, "1e3")},
    }


def test_fault_52_strangers_are_passed_over(models: Path) -> None:
    """Each has one warning, escaped; the model beside them is served, and an empty one invalid."""
    expected = add_strangers(models)
    with running("--models", models) as server, Client(server.address) as client:
        assert [(one.name, one.version) for one in client.models()] == [("bigram", 1)]
        passed = [event for event in server.log if event["event"] == "passed over"]
        invalid = [event["model"] for event in server.log if event["event"] == "model not served"]
    assert invalid == ["empty"]
    told = {event["path"].removeprefix(f"{models}/"): event["reason"] for event in passed}
    assert told == expected
    assert len(passed) == len(expected)
    assert {event["level"] for event in passed} == {"WARNING"}


def test_fault_52_an_unreadable_folder_is_passed_over(models: Path) -> None:
    """A folder without permission is told; where it is asked for, the server does not start."""
    shutil.copytree(models / "bigram", models / "secret")
    (models / "secret").chmod(0)
    with (
        running("--models", models, program=WITHOUT_PRIVILEGE) as server,
        Client(server.address) as client,
    ):
        assert [one.name for one in client.models()] == ["bigram"]
        (passed,) = (event for event in server.log if event["event"] == "passed over")
    assert passed["path"] == str(models / "secret")
    assert passed["reason"] == "Permission denied"
    ended = refused("--models", models, "--only", "secret", program=WITHOUT_PRIVILEGE)
    assert ended.returncode == 1
    reason = f"model secret: models {models}: Permission denied"
    assert ended.stderr.splitlines()[-1] == f"namesmith-server: {reason}"


@pytest.mark.parametrize(
    ("only", "reason"),
    [
        ("linked", "is a symlink"),
        ("empty", "holds no version"),
        ("lost+found", "has another name than models and versions have"),
        ("missing", "there is no such model"),
        ("\x1b[31m", "there is no such model"),
    ],
)
def test_fault_52_a_stranger_that_is_asked_for_stops_the_start(
    models: Path, only: str, reason: str
) -> None:
    """The last line names it, escaped, and the reason."""
    add_strangers(models)
    ended = refused("--models", models, "--only", only)
    assert ended.returncode == 1
    expected = f"namesmith-server: model {repr(only)[1:-1]}: models {models}: {reason}"
    assert ended.stderr.splitlines()[-1] == expected


def test_fault_52_a_repository_of_strangers_alone_stops_the_start(tmp_path: Path) -> None:
    """There is nothing to serve."""
    (tmp_path / "lost+found").mkdir()
    ended = refused("--models", tmp_path)
    assert ended.returncode == 1
    last = f"namesmith-server: models {tmp_path}: holds no model"
    assert ended.stderr.splitlines()[-1] == last
