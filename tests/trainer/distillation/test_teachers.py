"""Tests of the networks that teach: averaged, asked in parts, and of the same splits alone."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bundles import replace_file, rewrite_manifest
from markov_teacher import MarkovTeacher
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_trainer.data import Names
from namesmith_trainer.distillation import TeacherError, teachers
from namesmith_trainer.distillation.teachers import NetworkTeacher, ask_network, open_bundles
from namesmith_trainer.training import NetworkRun


def test_the_networks_of_a_teacher_are_averaged() -> None:
    """The mean of the probabilities, whatever the number of histories and their length."""
    networks = tuple(MarkovTeacher(seed, 5, 2) for seed in range(3))
    teacher = NetworkTeacher(2, (), networks)
    histories = np.random.default_rng(0).integers(0, 5, (5_000, 7))
    expected = np.mean([network.table for network in networks], 0)
    places = histories[:, -2] * 5 + histories[:, -1]
    assert teacher.probabilities(histories) == pytest.approx(expected[places], abs=1e-6)
    assert teacher.probabilities(histories).dtype == np.float32


def test_no_network_is_asked_for_more_than_a_part(monkeypatch: pytest.MonkeyPatch) -> None:
    """Memory stays bounded, whatever the number of histories."""
    monkeypatch.setattr(teachers, "CHUNK", 7)
    asked: list[int] = []
    markov = MarkovTeacher(1, 4, 1)

    def ask(contexts: np.ndarray) -> np.ndarray:
        asked.append(len(contexts))
        return markov(contexts)

    NetworkTeacher(1, (), (ask,)).probabilities(np.zeros((20, 3), np.int64))
    assert asked == [7, 7, 6]


def test_a_published_network_teaches_as_the_network_itself(
    small_run: NetworkRun, repository: Path
) -> None:
    """The bundle's distributions are the network's, up to the form difference."""
    (opened,) = open_bundles([repository / "small" / "1"], small_run.data, small_run.vocabulary)
    asked = ask_network(small_run.network.log_probs, "cpu")
    histories = np.random.default_rng(1).integers(0, 27, (500, 8))
    expected = NetworkTeacher(3, (), (asked,)).probabilities(histories)
    assert opened.probabilities(histories) == pytest.approx(expected, abs=1e-5)
    (member,) = opened.members
    assert (member.recipe, member.model, member.version) == ("batchnorm", "small", 1)
    assert member.settings["steps"] == "2000"
    assert member.losses == pytest.approx(small_run.losses)


def test_bundles_of_equal_settings_are_one_teacher(
    small_run: NetworkRun, repository: Path, deep_repository: Path
) -> None:
    """Networks of the same recipe and settings are averaged, others stand apart."""
    folders = [repository / "small" / "1", deep_repository / "deep" / "1", repository / "small/1"]
    opened = open_bundles(folders, small_run.data, small_run.vocabulary)
    assert [len(teacher.members) for teacher in opened] == [2, 1]
    assert [teacher.block_size for teacher in opened] == [3, 6]


def test_a_bundle_of_other_data_is_refused(small_run: NetworkRun, repository: Path) -> None:
    """Its network may have been trained on names of val and test."""
    folder = repository / "small" / "1"
    data = Names.read("us-names")
    with pytest.raises(TeacherError, match=f"teacher {folder}: was trained on other data"):
        open_bundles([folder], replace(data, sha256="0" * 64), small_run.vocabulary)
    with pytest.raises(TeacherError, match=f"teacher {folder}: was trained without --distinct"):
        open_bundles([folder], replace(data, distinct=True), small_run.vocabulary)


def test_a_folder_that_is_no_bundle_is_told(small_run: NetworkRun, repository: Path) -> None:
    """The message says what a bundle's folder is: its version is easily forgotten."""
    folder = repository / "small"
    with pytest.raises(TeacherError, match=f"teacher {folder}: is no bundle; a bundle is a folder"):
        open_bundles([folder], small_run.data, small_run.vocabulary)


def test_a_damaged_bundle_is_refused_by_name(
    small_run: NetworkRun, repository: Path, tmp_path: Path
) -> None:
    """Before onnxruntime opens the file; a folder without a manifest likewise."""
    folder = tmp_path / "1"
    shutil.copytree(repository / "small" / "1", folder)
    model = folder / "model.onnx"
    model.write_bytes(model.read_bytes()[:-1] + b"\0")
    with pytest.raises(TeacherError, match=rf"teacher {folder}: model\.onnx: "):
        open_bundles([folder], small_run.data, small_run.vocabulary)
    raw = (repository / "small" / "1" / "model.onnx").read_bytes()

    def narrow(manifest: Manifest) -> None:
        manifest.architecture.block_size = 2

    for damage, message in (
        (b"garbage", "cannot be loaded"),
        (raw, "does not run on its contexts"),
    ):
        replace_file(folder, "model.onnx", damage)
        rewrite_manifest(folder, narrow)
        with pytest.raises(TeacherError, match=rf"teacher {folder}: model\.onnx {message}"):
            open_bundles([folder], small_run.data, small_run.vocabulary)
    with pytest.raises(TeacherError, match=rf"teacher {tmp_path}: is no bundle"):
        open_bundles([tmp_path], small_run.data, small_run.vocabulary)
