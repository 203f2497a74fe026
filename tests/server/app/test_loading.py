"""Loading a repository: the packages imported, the default model, the margin of a model."""

import shutil
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from bundles import rewrite_manifest
from namesmith.bundle import Bundle
from namesmith.manifest import log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import load_repository, loader, name_of_default
from namesmith_server.app.settings import EMBEDDED, Settings
from namesmith_server.backends import Contexts, LogProbs
from namesmith_server.engine import Model, assemble_model

UNWANTED = {"torch", "onnxruntime", "pydantic", "namesmith_trainer"}
"""Packages that a server of a table needs none of."""


def test_a_table_is_served_without_torch_and_onnxruntime() -> None:
    """The whole server is imported and a table loaded, and no runtime is in memory."""
    program = (
        "import sys; from concurrent.futures import ThreadPoolExecutor;"
        " from namesmith_server.app import cli, main, run;"
        " from namesmith_server.app.loading import load_repository;"
        " load_repository(cli.read_settings([]), ThreadPoolExecutor(1));"
        f" sys.exit(' '.join({UNWANTED!r} & set(sys.modules)) or 0)"
    )
    ended = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stderr) == (0, "")


def test_of_the_embedded_repository_one_model_is_served(executor: ThreadPoolExecutor) -> None:
    """The embedded repository holds a second model, which is served when it is asked for."""
    assert [one.name for one in load_repository(Settings(), executor)] == ["us-names"]
    assert (EMBEDDED / "us-names-wavenet").is_dir()


def test_of_another_repository_every_model_is_served(
    repository: Path, deep_repository: Path, executor: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Hidden folders are no models, and the first model by name is the default."""
    shutil.copytree(repository / "small", tmp_path / "small")
    shutil.copytree(deep_repository / "deep", tmp_path / "deep")
    (tmp_path / ".new").mkdir()
    settings = Settings(models=tmp_path)
    served = load_repository(settings, executor)
    assert [one.name for one in served] == ["deep", "small"]
    assert name_of_default(served, settings) == "deep"
    assert name_of_default(served, Settings(default_model="small")) == "small"
    for one in served:
        one.model.close()


@pytest.mark.parametrize("content", [None, "file"])
def test_a_repository_without_a_model_is_refused(
    tmp_path: Path, executor: ThreadPoolExecutor, content: str | None
) -> None:
    """A folder that is empty, or holds files alone, is named."""
    if content:
        (tmp_path / content).touch()
    with pytest.raises(LoadError, match=f"models {tmp_path}: holds no model"):
        load_repository(Settings(models=tmp_path), executor)


def test_a_backend_that_fails_on_a_batch_is_refused_when_loading(
    deep_repository: Path, executor: ThreadPoolExecutor, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A model that cannot be run is not served."""

    def fail(_self: object, contexts: Contexts) -> LogProbs:
        raise RuntimeError(f"no batch of {len(contexts)}")

    monkeypatch.setattr(backends.get("onnx"), "log_probs", fail)
    with pytest.raises(LoadError, match="does not run"):
        load_repository(Settings(models=deep_repository), executor)


def test_the_margin_of_a_model_is_derived_from_its_manifest(
    repository: Path,
    executor: ThreadPoolExecutor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The recorded difference of forms reaches the engine as the bound of the contract."""
    folder = shutil.copytree(repository / "small", tmp_path / "small") / "1"

    def record(manifest: Manifest) -> None:
        manifest.max_log_prob_difference = 3e-6

    rewrite_manifest(folder, record)
    assembled: list[dict[str, Any]] = []

    def assemble(**parts: Any) -> Model:
        assembled.append(parts)
        return assemble_model(**parts)

    monkeypatch.setattr(loader, "assemble_model", assemble)
    (served,) = load_repository(Settings(models=tmp_path, backend="onnx"), executor)
    served.model.close()
    bound = log_prob_difference_bound(Bundle.open(folder).manifest)
    assert assembled[0]["form_difference"] == bound == pytest.approx(2 * 8 * 3e-6)
