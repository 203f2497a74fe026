"""Models in the process of the client, without a server beside."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from bundles import rewrite_manifest
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_client import Client, NotFoundError, offline
from namesmith_client._model_reference import reference_to
from namesmith_client.offline import offline_client
from namesmith_server.app.settings import EMBEDDED


def test_offline_names_are_the_names_of_a_server(server: str) -> None:
    """Names, log-probabilities, refusals and the model's description are equal."""
    with Client(server) as online, offline_client() as local:
        for client in (online, local):
            client.wait_ready()
        arguments = {"seed": 5, "first_row": 10**12, "pattern": "ma.*a", "log_probs": True}
        assert local.generate(500, **arguments) == online.generate(500, **arguments)
        assert list(local.stream(9_000, seed=5)) == list(online.stream(9_000, seed=5))
        assert local.model() == online.model()
        for client in (online, local):
            with pytest.raises(NotFoundError, match="model 'other' is unknown"):
                client.generate(1, model="other")


def test_the_model_that_is_wanted_is_loaded() -> None:
    """It is one of those that ship, by any reference, or of a folder."""
    with offline_client(model="us-names-distilled/1") as client:
        assert [one.name for one in client.models()] == ["us-names-distilled"]
    with pytest.raises(ValueError, match="other"), offline_client(EMBEDDED, model="other"):
        pass


@pytest.fixture(scope="module")
def versions(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Provide a folder with two versions of us-names: 1 is the notebook's, 2 the distilled one."""
    models = tmp_path_factory.mktemp("models")

    def renumber(manifest: Manifest) -> None:
        manifest.model, manifest.version = "us-names", 2

    shutil.copytree(EMBEDDED / "us-names" / "1", models / "us-names" / "1")
    newest = shutil.copytree(EMBEDDED / "us-names-distilled" / "1", models / "us-names" / "2")
    rewrite_manifest(newest, renumber)
    yield models
    shutil.rmtree(models)


@pytest.mark.parametrize(
    ("reference", "answers", "loaded"),
    [
        ("us-names/1", "us-names/1", {1}),
        ("us-names+us-names/1", "us-names/1*0.5+us-names/2*0.5", {1, 2}),
    ],
)
def test_the_version_that_is_wanted_answers(
    versions: Path, reference: str, answers: str, loaded: set[int]
) -> None:
    """An older version answers where it is named, and no version is loaded that is not."""
    with offline_client(versions, model=reference) as client:
        drawn = client.generate(1, model=reference)
        assert reference_to(drawn.model, drawn.version) == answers
        assert {one.version for one in client.models()} == loaded


def test_a_label_answers_offline(versions: Path, tmp_path: Path) -> None:
    """It may be an older version's, and stand beside another version in a blend."""
    models = Path(shutil.copytree(versions, tmp_path / "models"))
    (models / "us-names" / "labels.json").write_text('{"stable": 1}')
    with offline_client(models, model=(blend := "us-names@stable+us-names/2")) as client:
        assert client.generate(1, model="us-names@stable").version == 1
        assert client.generate(1, model=blend).model == "us-names/1*0.5+us-names/2*0.5"


def test_a_version_that_is_not_there_is_refused(versions: Path) -> None:
    """The message names the model and the version."""
    with (
        pytest.raises(ValueError, match="model us-names: none of the given versions 3 is there"),
        offline_client(versions, model="us-names/3"),
    ):
        pass


def test_a_missing_server_package_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """The message says what to install."""
    monkeypatch.setattr(offline, "GROUP", "namesmith.nobody")
    with pytest.raises(ImportError, match=r"namesmith\[server\]"), offline_client():
        pass
