"""The files of ``deploy/``, and the programs that read them."""

import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml

from namesmith_server.app import cli
from namesmith_server.app.settings import Settings

DEPLOY = Path(__file__).parents[1] / "deploy"
"""The folder of the files for operators."""

OPERATIONS = DEPLOY.parent / "docs" / "operations.md"
"""The manual of the operators."""

CLIENTS = {"NAMESMITH_TLS_ROOTS", "NAMESMITH_TLS_SERVER_NAME"}
"""Variables of the client, which a health check inside the server's container reads."""


def documents(text: str) -> list[dict[str, Any]]:
    """Return the documents of a YAML text, without the empty ones."""
    return [document for document in yaml.safe_load_all(text) if document]


def tool(*command: str | Path) -> str:
    """Return the output of a program; skip the test where the program is not installed."""
    if shutil.which(command[0]) is None:
        pytest.skip(f"{command[0]} is not installed")
    ended = subprocess.run(command, capture_output=True, text=True, check=False)
    assert ended.returncode == 0, ended.stdout + ended.stderr
    return ended.stdout


def settings_of(variables: dict[str, str], monkeypatch: pytest.MonkeyPatch) -> Settings:
    """Return the settings that a server reads from variables; fail where one is unknown."""
    known = {f"NAMESMITH_{option.name}".upper() for option in cli.options.params}
    given = {name for name in variables if name.startswith("NAMESMITH_")}
    assert given <= known | CLIENTS
    for name, value in variables.items():
        monkeypatch.setenv(name, value)
    return cli.read_settings([])
