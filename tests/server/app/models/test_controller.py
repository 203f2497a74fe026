"""The controller: orders of operators, faults, labels, and several processes."""

import errno
import json
import logging
import os
import shutil
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import pytest

from bundles import rewrite_manifest
from lettered import MODEL, nan_table, publish_lettered
from loaded import Holder
from namesmith_server.app.errors import LoadError
from namesmith_server.app.models import Controller, Faults, Plan, State, VersionState, versions_of
from namesmith_server.app.models.plan import invalid_models
from namesmith_server.app.settings import Settings
from namesmith_server.grpc import (
    ChangeRefusedError,
    StoppingError,
    UnknownModelError,
    UnknownVersionError,
)


class Picky(Holder):
    """A participant that meets a fault of its own in some versions."""

    refused: tuple[int, ...] = ()

    def prepare(self, plan: Plan) -> Faults:
        """Refuse versions, or load them."""
        faults = {one: "not here" for one in versions_of(plan) if one[1] in self.refused}
        return faults or super().prepare(plan)


class Running:
    """A controller of two participants and what it tells."""

    def __init__(self, settings: Settings, executor: ThreadPoolExecutor) -> None:
        self.first, self.second = Holder(settings, executor), Picky(settings, executor)
        self.outcomes: list[str] = []
        self.controller = Controller(settings, (self.first, self.second), self.outcomes.append)

    @property
    def served(self) -> list[int]:
        """Versions that both serve."""
        assert self.first.plan == self.second.plan == self.controller.plan
        return [version for _, version in versions_of(self.first.plan)]


@pytest.fixture
def running(tmp_path: Path, executor: ThreadPoolExecutor) -> Iterator[Running]:
    """Provide a controller of a repository with three versions, which has started."""
    for _ in range(3):
        publish_lettered(tmp_path)
    running = Running(Settings(models=tmp_path), executor)
    running.controller.start()
    yield running
    for holder in (running.first, running.second):
        for one in holder.loaded.values():
            one.model.close()


def states(versions: tuple[VersionState, ...]) -> dict[int, State]:
    """Return the states by version."""
    return {one.version: one.state for one in versions}


def test_orders_change_all_participants(running: Running) -> None:
    """A load and an unload are told by state; a label stays in the repository."""
    controller = running.controller
    assert running.served == [3]
    loaded = controller.load(MODEL, 1)
    assert loaded == VersionState(MODEL, 1, State.SERVING)
    assert running.served == [3, 1]
    assert [one.version for one in controller.unload(MODEL, 3)] == [3]
    assert running.served == [2, 1]
    assert controller.set_label(MODEL, "stable", 1) == {"stable": 1}
    assert controller.unload(MODEL)[0].state is State.AVAILABLE
    assert running.served == []
    assert invalid_models(controller.plan) == ()
    assert controller.load(MODEL).is_newest
    assert running.served == [3, 1]
    assert controller.set_label(MODEL, "stable", 0) == {}
    assert running.served == [3]
    assert states(controller.list_versions()) == {
        3: State.SERVING,
        2: State.AVAILABLE,
        1: State.AVAILABLE,
    }
    with pytest.raises(UnknownModelError):
        controller.load("other")
    for wrong in (controller.load, controller.unload):
        with pytest.raises(UnknownVersionError):
            wrong(MODEL, 9)


def test_a_version_that_one_participant_refuses_is_served_by_none(running: Running) -> None:
    """The fault is remembered, told and counted; a load tries the version again."""
    running.second.refused = (1, 2)
    with pytest.raises(ChangeRefusedError, match="version 2 of model bigram: not here"):
        running.controller.load(MODEL, 2)
    with pytest.raises(ChangeRefusedError, match="version 1 of model bigram: not here"):
        running.controller.set_label(MODEL, "stable", 1)
    assert running.served == [3]
    listed = {one.version: one for one in running.controller.list_versions(MODEL)}
    assert listed[2] == VersionState(MODEL, 2, State.REFUSED, fault="not here")
    assert listed[1].labels == ()
    running.second.refused = ()
    running.controller.load(MODEL, 2)
    assert running.served == [3, 2]
    assert running.outcomes == ["loaded", "refused", "refused", "loaded"]


def test_a_reload_finds_what_has_changed(running: Running, tmp_path: Path) -> None:
    """A new version with a fault is refused once by looks; labels are read again."""
    publish_lettered(tmp_path, nan_table())
    for _ in range(3):
        running.controller.look()
    assert states(running.controller.list_versions())[4] is State.REFUSED
    assert running.served == [3]
    (tmp_path / MODEL / "labels.json").write_text(json.dumps({"stable": 2}))
    running.controller.reload()
    running.controller.reload()
    assert running.served == [3, 2]
    expected = ["loaded", "refused", "refused", "loaded", "refused", "unchanged"]
    assert running.outcomes == expected


def test_a_load_of_the_newest_keeps_no_version_for_ever(running: Running, tmp_path: Path) -> None:
    """It takes back an unload, and the next version takes its place; a load of a version stays."""
    running.controller.unload(MODEL, 3)
    assert running.served == [2]
    assert running.controller.load(MODEL).version == 3
    assert running.served == [3]
    publish_lettered(tmp_path)
    running.controller.look()
    assert running.served == [4]
    running.controller.load(MODEL, 4)
    publish_lettered(tmp_path)
    running.controller.look()
    assert running.served == [5, 4]


def test_a_reload_tries_refused_versions_again(running: Running, tmp_path: Path) -> None:
    """A fault of the machine that has passed leaves no version behind; looks try none again."""
    running.second.refused = (4,)
    publish_lettered(tmp_path)
    running.controller.look()
    running.second.refused = ()
    running.controller.look()
    assert running.served == [3]
    assert states(running.controller.reload())[4] is State.SERVING
    assert running.served == [4]


def test_a_participant_that_comes_later_serves_the_plan(
    running: Running, tmp_path: Path, executor: ThreadPoolExecutor
) -> None:
    """Also where a newer version is there."""
    publish_lettered(tmp_path)
    late = Holder(Settings(models=tmp_path), executor)
    assert late.prepare(running.controller.plan) == {}
    late.commit(running.controller.plan)
    assert late.plan == running.controller.plan
    for one in late.loaded.values():
        one.model.close()


def test_a_server_that_stops_changes_nothing(running: Running) -> None:
    """Every change is refused."""
    running.controller.stop()
    with pytest.raises(StoppingError):
        running.controller.reload()
    with pytest.raises(StoppingError):
        running.controller.load(MODEL, 1)
    assert running.served == [3]


def test_a_lost_repository_changes_nothing(
    running: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """The reload is refused with the reason, which looks tell and count once."""
    (tmp_path / MODEL).rename(tmp_path.parent / "elsewhere")
    tmp_path.rmdir()
    for look in (running.controller.reload, *[running.controller.look] * 3):
        with pytest.raises(ChangeRefusedError, match="No such file or directory"):
            look()
    assert running.served == [3]
    assert [one.message for one in caplog.records] == ["change refused"]
    assert running.outcomes == ["loaded", "refused"]


def test_a_stranger_is_told_once(
    running: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """However often the repository is looked at."""
    (tmp_path / "lost+found").mkdir()
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            running.controller.look()
    assert [one.message for one in caplog.records] == ["passed over"]


def test_a_label_is_written_beside_the_ones_that_others_have_written(
    running: Running, tmp_path: Path
) -> None:
    """Since the last look too; a file with a fault is refused, and stays as it is."""
    running.controller.set_label(MODEL, "stable", 1)
    path = tmp_path / MODEL / "labels.json"
    path.write_text(json.dumps({"stable": 1, "other": 2}))
    expected = {"canary": 3, "other": 2, "stable": 1}
    assert running.controller.set_label(MODEL, "canary", 3) == expected
    assert json.loads(path.read_text()) == expected
    assert running.served == [3, 2, 1]
    path.write_text('{"stable": 1,}')
    for version in (2, 0):
        with pytest.raises(ChangeRefusedError, match=r"^labels\.json: is not JSON$"):
            running.controller.set_label(MODEL, "canary", version)
    assert path.read_text() == '{"stable": 1,}'
    assert running.served == [3, 2, 1]


def test_a_model_that_cannot_be_read_for_a_look_keeps_its_versions(
    running: Running,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """It is told once; a model that never was served is passed over, one that has gone retires."""
    running.controller.load(MODEL, 1)
    (tmp_path / "other").mkdir()
    (tmp_path / "lost+found").mkdir()
    scandir = os.scandir

    def failing(path: str | os.PathLike[str]) -> object:
        if Path(path) != tmp_path:
            raise OSError(errno.ESTALE, os.strerror(errno.ESTALE))
        return scandir(path)

    monkeypatch.setattr(os, "scandir", failing)
    with caplog.at_level(logging.WARNING):
        for _ in range(3):
            running.controller.look()
    assert running.served == [3, 1]
    told = [vars(one)["path"] for one in caplog.records if one.message == "passed over"]
    assert told == [str(tmp_path / name) for name in (MODEL, "lost+found", "other")]
    assert invalid_models(running.controller.plan) == ()
    monkeypatch.undo()
    running.controller.look()
    assert running.served == [3, 1]
    shutil.rmtree(tmp_path / MODEL)
    running.controller.look()
    assert running.served == []


def test_a_model_folder_without_a_version_is_invalid(running: Running, tmp_path: Path) -> None:
    """A model is invalid when its last version has gone, or none ever was; a stranger is not."""
    for version in (1, 2, 3):
        shutil.rmtree(tmp_path / MODEL / str(version))
    for name in ("new", "lost+found"):
        (tmp_path / name).mkdir()
    running.controller.look()
    assert running.served == []
    assert invalid_models(running.controller.plan) == (MODEL, "new")
    assert running.controller.list_versions("new") == ()
    with pytest.raises(UnknownModelError):
        running.controller.load("new")
    publish_lettered(tmp_path)
    running.controller.look()
    assert running.served == [1]
    (tmp_path / "new").rmdir()
    running.controller.look()
    assert invalid_models(running.controller.plan) == ()


def test_a_change_of_the_default_model_is_told(
    running: Running, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    """A model that comes changes it not; one that goes does."""
    folder = Path(shutil.copytree(tmp_path / MODEL / "1", tmp_path / "a-first" / "1"))
    rewrite_manifest(folder, lambda manifest: setattr(manifest, "model", "a-first"))
    running.controller.look()
    assert running.first.plan[MODEL].is_default
    shutil.rmtree(tmp_path / MODEL)
    running.controller.look()
    assert running.first.plan["a-first"].is_default
    assert [one.message for one in caplog.records] == ["default model changed"]


def test_no_valid_version_stops_the_start(tmp_path: Path, executor: ThreadPoolExecutor) -> None:
    """The faults of all models are told; with a watch the server waits."""
    publish_lettered(tmp_path, nan_table())
    with pytest.raises(LoadError, match="model bigram: version 1: "):
        Running(Settings(models=tmp_path), executor).controller.start()
    waiting = Running(Settings(models=tmp_path, watch=1), executor)
    waiting.controller.start()
    assert waiting.served == []
    assert invalid_models(waiting.controller.plan) == (MODEL,)


def test_a_default_model_is_required_of_the_first_plan_alone(
    tmp_path: Path, executor: ThreadPoolExecutor
) -> None:
    """A server that watches waits for it; a process that comes later serves without it too."""
    publish_lettered(tmp_path)
    absent = Settings(models=tmp_path, default_model="absent")
    with pytest.raises(LoadError, match="default model 'absent'"):
        Controller(absent, (Holder(absent, executor),)).start()
    watching = replace(absent, watch=60)
    first, later = Holder(watching, executor), Holder(watching, executor)
    controller = Controller(watching, (first,))
    controller.start()
    assert later.prepare(controller.plan) == {}
    later.commit(controller.plan)
    assert list(versions_of(later.plan)) == [(MODEL, 1)]
    for holder in (first, later):
        for one in holder.loaded.values():
            one.model.close()
