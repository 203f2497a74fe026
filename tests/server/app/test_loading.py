"""Loading a repository: packages, the default model, versions passed over and pinned."""

import shutil
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

from bundles import copy_version, replace_file, rewrite_manifest
from loaded import load_repository
from namesmith.bundle import SIGNATURE, TABLE, Bundle
from namesmith.manifest import log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import loader
from namesmith_server.app.loading.time_limit import TimeLimitError, in_time
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
        f" sys.path.append({str(Path(__file__).parents[2])!r});"
        " from loaded import load_repository;"
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


@pytest.mark.slow
def test_of_another_repository_every_model_is_served(
    repository: Path, deep_repository: Path, executor: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """Hidden folders are no models."""
    shutil.copytree(repository / "small", tmp_path / "small")
    shutil.copytree(deep_repository / "deep", tmp_path / "deep")
    (tmp_path / ".new").mkdir()
    served = load_repository(Settings(models=tmp_path), executor)
    assert [one.name for one in served] == ["deep", "small"]
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


def test_the_policy_chooses_the_versions(
    repository: Path, executor: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """The newest, the newest two, or given ones are loaded."""
    for version in (1, 2, 3):
        copy_version(repository / "small" / "1", tmp_path, version)
    for word, expected in (("latest", [3]), ("latest:2", [3, 2]), ("small/1", [1])):
        served = load_repository(Settings(models=tmp_path, versions=(word,)), executor)
        assert [(one.name, one.version) for one in served] == [("small", one) for one in expected]
        for one in served:
            one.model.close()


@pytest.mark.parametrize(
    ("word", "message"),
    [
        ("small/3", "model small: none of the given versions 3 is there"),
        ("small/2", "model small: version 2: table.safetensors: "),
    ],
)
def test_a_given_version_that_cannot_be_loaded_is_not_replaced(
    repository: Path,
    executor: ThreadPoolExecutor,
    tmp_path: Path,
    word: str,
    message: str,
) -> None:
    """A missing version, and one with a fault, are refused."""
    copy_version(repository / "small" / "1", tmp_path, 1)
    replace_file(copy_version(repository / "small" / "1", tmp_path, 2), TABLE, b"garbage")
    with pytest.raises(LoadError, match=message):
        load_repository(Settings(models=tmp_path, versions=(word,)), executor)


@pytest.mark.parametrize(
    "error",
    [AssertionError("x"), MemoryError(), RecursionError(), KeyError("k"), SystemExit(3)],
)
def test_whatever_a_load_raises_the_version_before_is_loaded(
    repository: Path,
    executor: ThreadPoolExecutor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    caplog: pytest.LogCaptureFixture,
    error: BaseException,
) -> None:
    """The log has the kind of the error and its text, escaped."""
    for version in (1, 2):
        copy_version(repository / "small" / "1", tmp_path, version)

    def open_version(bundle: Bundle, settings: Settings) -> loader.Version:
        if bundle.manifest.version == 2:
            raise error
        return opened(bundle, settings)

    opened = loader.open_version
    monkeypatch.setattr(loader, "open_version", open_version)
    (served,) = load_repository(Settings(models=tmp_path), executor)
    served.model.close()
    assert served.version == 1
    (record,) = (one for one in caplog.records if one.message == "bundle refused")
    assert type(error).__name__ in record.reason  # type: ignore[attr-defined]


def test_a_load_without_an_end_is_left(
    repository: Path,
    executor: ThreadPoolExecutor,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The version before is loaded, and the thread that is left ends."""
    for version in (1, 2):
        copy_version(repository / "small" / "1", tmp_path, version)
    threads: list[threading.Thread] = []
    never = threading.Event()

    def open_version(bundle: Bundle, settings: Settings) -> loader.Version:
        while bundle.manifest.version == 2:
            threads[:] = [threading.current_thread()]
            never.wait(0.01)
        return opened(bundle, settings)

    opened = loader.open_version
    monkeypatch.setattr(loader, "open_version", open_version)
    (served,) = load_repository(Settings(models=tmp_path, load_timeout=5), executor)
    served.model.close()
    assert served.version == 1
    threads[0].join(30)
    assert not threads[0].is_alive()


def test_bundles_of_strangers_are_passed_over_where_keys_are_trusted(
    repository: Path, executor: ThreadPoolExecutor, tmp_path: Path
) -> None:
    """A version that no trusted key has signed is not loaded; keys that cannot be read are told."""
    key = Ed25519PrivateKey.generate()
    public = key.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
    (tmp_path / "keys.pem").write_bytes(public)
    models = tmp_path / "models"
    for version in (1, 2):
        folder = copy_version(repository / "small" / "1", models, version)
    (models / "small" / "1" / SIGNATURE).write_bytes(
        key.sign((models / "small" / "1" / "manifest.json").read_bytes())
    )
    (folder / SIGNATURE).write_bytes(bytes(64))
    settings = Settings(models=models, trusted_keys=tmp_path / "keys.pem")
    (served,) = load_repository(settings, executor)
    served.model.close()
    assert served.version == 1
    with pytest.raises(LoadError, match=r"^--trusted-keys: "):
        load_repository(replace(settings, trusted_keys=tmp_path / "none.pem"), executor)


def test_what_only_this_machine_lacks_is_the_servers_fault(
    deep_repository: Path, executor: ThreadPoolExecutor
) -> None:
    """A probe that meets a missing device says so, and no version is passed over."""
    for settings in (
        Settings(models=deep_repository, backend="tpu"),
        Settings(models=deep_repository, device="cuda", backend="onnx"),
    ):
        with pytest.raises(LoadError, match=r"version 1: (backend tpu|device cuda): "):
            load_repository(settings, executor)


def test_in_time_returns_and_raises() -> None:
    """The result and the error of the work are the caller's."""
    assert in_time(lambda: 3, 30) == 3
    with pytest.raises(KeyError):
        in_time({}.popitem, 30)
    with pytest.raises(TimeLimitError, match=r"takes longer than 0\.01 s"):
        in_time(threading.Event().wait, 0.01)
