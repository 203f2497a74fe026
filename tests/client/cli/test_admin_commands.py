"""The commands of ``namesmith admin``, run by a script and on a terminal."""

import json
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from admins import add_corrupt_version, add_version, admin_address
from processes import running
from terminal import answer, on_a_terminal, run

MODEL = "definite"

ROW = (
    f"{MODEL}\t2\tAVAILABLE\tno\t\t\n"  # model, version, state, newest, labels, fault
    f"{MODEL}\t1\tSERVING\tyes\t\t\n"
)


@pytest.fixture
def models(definite_repository: Path, tmp_path: Path) -> Path:
    """Provide a repository with two versions, of which the server serves the first."""
    models = Path(shutil.copytree(definite_repository, tmp_path / "models"))
    add_version(models, MODEL, 2)
    return models


@pytest.fixture
def address(models: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[str]:
    """Provide the address of a server, whose admin service the environment names."""
    options = ("--models", models, "--versions", f"{MODEL}/1", "--admin-address", "127.0.0.1:0")
    with running(*options) as server:
        monkeypatch.setenv("NAMESMITH_ADMIN_ADDRESS", admin_address(server))
        yield server.address


def test_the_commands_change_and_list_versions(address: str) -> None:
    """A pipe gets a row a version, and JSON the keys of the library."""
    assert answer(address, "admin", "versions") == ROW
    assert answer(address, "admin", "reload") == ROW
    assert answer(address, "admin", "load", f"{MODEL}/2") == f"{MODEL}\t2\tSERVING\tyes\t\t\n"
    assert answer(address, "admin", "label", f"{MODEL}/1", "stable") == "stable\t1\n"
    assert answer(address, "admin", "label", MODEL, "stable", "--remove") == ""
    (gone,) = json.loads(answer(address, "admin", "unload", f"{MODEL}/2", "--json"))["versions"]
    assert (gone["model"], gone["version"], gone["state"]) == (MODEL, 2, "AVAILABLE")


def test_a_terminal_gets_a_table(address: str) -> None:
    """The table has a heading for each value of a version."""
    shown = on_a_terminal(address, "admin", "versions")
    assert all(word in shown for word in ("model", "version", "state", "newest", "SERVING"))


def test_the_exit_status_tells_refusals(address: str, models: Path) -> None:
    """It is 1 with a line for a failed call, and 2 for wrong usage."""
    add_corrupt_version(models, MODEL, 3)
    for arguments, status, words in (
        (("load", f"{MODEL}/3"), 1, "version 3"),
        (("load", "absent"), 1, "absent"),
        (("load", f"{MODEL}/0"), 2, "is not MODEL or MODEL/VERSION"),
        (("label", MODEL, "stable"), 2, "MODEL/VERSION gives a label"),
        (("versions", "--admin-address", ""), 2, "address: is empty"),
        (("versions", "--admin-address", "127.0.0.1:1", "--timeout", "5"), 1, "127.0.0.1:1"),
    ):
        result = run(address, "admin", *arguments)
        assert (result.returncode, result.stdout) == (status, "")
        assert words in result.stderr
