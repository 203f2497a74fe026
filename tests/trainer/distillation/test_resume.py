"""Distillations that are stopped go on to the same chain, and keep to their own files."""

import os
import signal
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from distilling import call, trained
from namesmith import bundle
from namesmith_trainer.distillation.contexts import ContextTree
from namesmith_trainer.distillation.histories import Histories
from namesmith_trainer.models import RECIPES
from namesmith_trainer.training import Training

pytestmark = pytest.mark.slow  # every run trains a teacher


@pytest.fixture(scope="module")
def undisturbed(tiny: list[str | Path], tmp_path_factory: pytest.TempPathFactory) -> bytes:
    """Provide the chain of the tiny recipe's run that nothing interrupts."""
    return trained(tmp_path_factory.mktemp("undisturbed"), *tiny).read(bundle.CHAIN)


PLACES = [
    (Training, "advance", 5, "teacher tiny-43, step 200"),
    (Histories, "meet", 6, "sampling names, part 1,500"),
    (ContextTree, "__init__", 1, "choosing states, part 1"),
]
"""Function whose n-th call a signal interrupts, n, and where the run then stops."""


@pytest.mark.parametrize(("kind", "method", "number", "where"), PLACES)
def test_a_stopped_run_goes_on_to_the_same_chain(
    tiny: list[str | Path],
    undisturbed: bytes,
    tmp_path: Path,
    kind: type,
    method: str,
    number: int,
    where: str,
) -> None:
    """No step is taken twice, the chain is the same bit for bit, and no part of a run is left."""
    path, models = tmp_path / "run.ckpt", tmp_path / "models"
    kept = (*tiny, "--checkpoint", path, "--resume")
    calls = 0
    original = getattr(kind, method)

    def signalled(*arguments: object, **named: object) -> object:
        nonlocal calls
        calls += 1
        if calls == number:
            os.kill(os.getpid(), signal.SIGTERM)
        return original(*arguments, **named)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kind, method, signalled)
        stopped = call("train", "--models", models, "--name", "m", *kept)
    assert stopped.exit_code == 128 + signal.SIGTERM
    told = "".join(stopped.stderr.splitlines()[-1:])
    parts = sorted(map(str, tmp_path.glob("run.ckpt.part-*")))
    assert told == f"stopped at {where}; --resume continues from {' and '.join(parts)}"
    assert not models.exists()

    steps = 0
    advance = Training.advance

    def counted(training: Training, count: int) -> object:
        nonlocal steps
        steps += count
        return advance(training, count)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Training, "advance", counted)
        resumed = trained(models, *kept)
    assert steps == (100 if method == "advance" else 0)
    assert resumed.read(bundle.CHAIN) == undisturbed
    assert [*tmp_path.glob("run.ckpt*")] == []


def test_no_file_of_another_run_is_removed(tiny: list[str | Path], tmp_path: Path) -> None:
    """A run removes the parts that it wrote, and refuses a file where it keeps none itself."""
    path = tmp_path / "run.ckpt"
    other = tmp_path / "run.ckpt.part-wavenet-7"
    other.write_bytes(b"of another run")
    trained(tmp_path / "models", *tiny, "--checkpoint", path)
    assert [*tmp_path.glob("run.ckpt*")] == [other]
    path.write_bytes(b"no checkpoint")
    models = tmp_path / "others"
    result = call("train", "--models", models, "--name", "m", *tiny, "--checkpoint", path)
    assert result.exit_code == 1
    told = result.stderr.splitlines()[-1]
    assert told == f"Error: {path}: exists; this recipe keeps parts beside it"
    assert path.exists()


def test_a_checkpoint_of_another_teacher_is_refused_by_name(
    tiny: list[str | Path], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The message names the part's file and the first setting that differs."""
    path = tmp_path / "run.ckpt"
    command = ("train", "--models", tmp_path, "--name", "m", *tiny, "--checkpoint", path)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(Histories, "meet", lambda *_: os.kill(os.getpid(), signal.SIGTERM))
        patch.setattr(Histories, "places", lambda *_: np.zeros(0, np.int64))
        call(*command)
    assert sorted(file.name for file in tmp_path.glob("run.ckpt*")) == [
        "run.ckpt.part-tiny-42", "run.ckpt.part-tiny-43"
    ]  # fmt: skip
    again = call(*command)
    assert again.exit_code == 1
    assert again.stderr.splitlines()[-1] == (
        f"Error: {path}.part-tiny-42: exists; --resume continues it"
    )
    monkeypatch.setitem(RECIPES, "tiny", replace(RECIPES["tiny"], hidden=17))
    other = call(*command, "--resume")
    assert other.exit_code == 1
    assert other.stderr.splitlines()[-1] == (
        f"Error: {path}.part-tiny-42: was made with hidden 16, this run has 17"
    )
