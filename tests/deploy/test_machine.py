"""The compose file and the systemd unit: in agreement with the server's settings."""

import re
import shutil
from pathlib import Path
from typing import Any

import pytest

from deployed import DEPLOY, documents, settings_of, tool
from namesmith_server.app.settings import CANCEL_GRACE, Settings

UNIT = DEPLOY / "systemd" / "namesmith.service"
PROGRAM = "/opt/namesmith/bin/namesmith-server"


@pytest.fixture
def composed() -> dict[str, Any]:
    """Provide the compose file's description of the server."""
    (file,) = documents((DEPLOY / "compose.yaml").read_text())
    server: dict[str, Any] = file["services"]["namesmith"]
    return server


def test_compose_leaves_time_to_drain(
    composed: dict[str, Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The variables are settings, and the engine kills only after all that they allow."""
    given = settings_of(composed["environment"], monkeypatch)
    needed = given.drain_delay_seconds + given.grace_seconds + CANCEL_GRACE
    assert int(composed["stop_grace_period"].removesuffix("s")) > needed


def test_compose_restricts_the_server(composed: dict[str, Any]) -> None:
    """The root is read-only, no capability is left, and the port is the machine's own."""
    assert composed["read_only"]
    assert composed["cap_drop"] == ["ALL"]
    assert composed["security_opt"] == ["no-new-privileges:true"]
    assert composed["ports"] == ["127.0.0.1:50051:50051"]


def test_systemd_leaves_time_to_drain() -> None:
    """Systemd kills only after all that the defaults allow."""
    (seconds,) = re.findall(r"^TimeoutStopSec=(\d+)$", UNIT.read_text(), re.MULTILINE)
    needed = Settings.drain_delay_seconds + Settings.grace_seconds + CANCEL_GRACE
    assert int(seconds) > needed


def test_systemd_accepts_the_unit(tmp_path: Path) -> None:
    """Systemd finds no fault in the unit, and calls its exposure OK (2 of 10 at most)."""
    text = UNIT.read_text()
    assert f"ExecStart={PROGRAM}\n" in text
    installed = shutil.which("true") or ""
    file = tmp_path / UNIT.name
    file.write_text(text.replace(PROGRAM, installed))
    tool("systemd-analyze", "verify", "--man=no", file)
    tool("systemd-analyze", "security", "--offline=yes", "--threshold=20", file)
