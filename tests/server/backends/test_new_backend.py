"""A backend takes one module: this file defines one, registers it and serves names with it."""

import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from laws import BackendLaws
from safetensors import SafetensorError
from safetensors.numpy import load

from namesmith.bundle import TABLE, Bundle
from namesmith_client import Client
from namesmith_server.app import main
from namesmith_server.backends import (
    AUTO,
    Backend,
    BackendConfig,
    BackendError,
    Contexts,
    LogProbs,
    choose,
    names,
    register,
    registry,
)
from processes import running

FOLDERS = [str(Path(__file__).parent), str(Path(__file__).parents[2])]
"""Folders of this file and of the modules that tests share."""

SCRIPT = f"import sys; sys.path[:0] = {FOLDERS!r}; import {Path(__file__).stem} as t; t.serve()"

PROGRAM = (sys.executable, "-c", SCRIPT)
"""Command of a server that knows the backend of this file."""


class LinearBackend(Backend):
    """Reads the row whose index is the product of context and powers of V from the table."""

    name = "linear"
    files = (TABLE,)

    def __init__(self, raw: bytes, config: BackendConfig) -> None:
        super().__init__(raw, config)
        try:
            self._table: LogProbs = load(raw)["log_probs"]
        except SafetensorError as error:
            raise BackendError("table.safetensors: is not a safetensors file") from error
        self._powers = config.vocab_size ** np.arange(config.block_size)[::-1]

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Log P(next symbol | context): int64 [B, L] -> float32 [B, V]."""
        rows: LogProbs = self._table[contexts @ self._powers]
        return rows


def serve() -> None:
    """Run ``namesmith-server`` with the backend registered."""
    register(LinearBackend)
    main.main()


@pytest.fixture(autouse=True)
def registered(monkeypatch: pytest.MonkeyPatch) -> None:
    """Register the backend for one test."""
    names()  # the backends of the package are found first
    monkeypatch.setattr(registry, "_registered", dict(registry._registered))
    register(LinearBackend)


class TestLinearBackend(BackendLaws):
    """A backend from outside the package is held to the same laws."""

    backend_class = LinearBackend
    models = ("small",)


def test_auto_never_chooses_a_backend_without_a_rank(small: Bundle) -> None:
    """A backend that declares no rank is listed after those that ``auto`` chooses from."""
    assert names().index("linear") > names().index("onnx")
    assert choose(AUTO, "cpu", small).name == "table"


def test_a_server_draws_the_same_names_with_a_registered_backend(repository: Path) -> None:
    """The option ``--backend`` takes the new name, and a seed gives the names of the table."""
    drawn = []
    for backend in ("linear", "table"):
        options = ("--models", repository, "--backend", backend)
        with running(*options, program=PROGRAM) as server, Client(server.address) as client:
            assert server.log[0]["backend"] == backend
            drawn.append(client.generate(1_000, seed=7).names)
    assert drawn[0] == drawn[1]


def test_the_command_line_offers_a_registered_backend() -> None:
    """A wrong name is refused with the new name among the choices."""
    ended = subprocess.run(
        [*PROGRAM, "--backend", "tpu"], capture_output=True, text=True, check=False
    )
    assert ended.returncode == 2
    assert ended.stderr.startswith("namesmith-server: --backend: Input should be 'auto', ")
    assert "'linear'" in ended.stderr
