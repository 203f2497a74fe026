"""Tests of checkpoints: a run that is resumed equals a run that was never stopped."""

import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from pathlib import Path

import pytest
import torch
from safetensors import safe_open
from safetensors.torch import save

from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, NetworkRecipe, override
from namesmith_trainer.training import (
    Checkpoint,
    CheckpointError,
    NetworkRun,
    Progress,
    StoppedError,
    Training,
    train,
)

SMALL = {"steps": 500, "hidden": 16, "embedding": 4, "batch_size": 32}
"""Settings of a small run."""


def small(name: str) -> NetworkRecipe:
    """Return the named recipe with the settings ``SMALL``."""
    return override(RECIPES[name], **SMALL)


def few_names() -> Names:
    """Return a tenth of us-names: the losses of all take most of a small run's time."""
    names = Names.read("us-names")
    return replace(names, names=names.names[:3_000])


def go(
    recipe: NetworkRecipe,
    checkpoint: Checkpoint | None = None,
    *,
    until: int | None = None,
    names: Names | None = None,
) -> NetworkRun:
    """Train to the end, or to the first block that ends at step ``until`` or later."""
    seen = 0

    def watch(events: Iterator[Progress]) -> Iterator[Progress]:
        nonlocal seen
        for event in events:
            seen += len(event.losses)
            yield event

    def stop() -> bool:
        return until is not None and seen >= until

    data = names or few_names()
    return train(data, recipe, 42, "cpu", watch, checkpoint=checkpoint, stop=stop)


def kept_best(name: str) -> NetworkRecipe:
    """Return a small recipe whose network is soon at its best, which the checkpoint has to keep."""
    rate = {"batchnorm": 3.0}.get(name, 0.1)
    return override(small(name), keep_best=True, eval_every=100, learning_rate=rate)


@pytest.mark.parametrize(
    "recipe",
    [small("kaiming"), small("batchnorm"), kept_best("batchnorm"), kept_best("wavenet")],
    ids=["kaiming", "batchnorm", "best batchnorm", "best wavenet"],
)
def test_a_resumed_run_equals_an_uninterrupted_one_bit_for_bit(
    recipe: NetworkRecipe, tmp_path: Path
) -> None:
    """A run that is stopped twice, at a checkpoint and between checkpoints, has equal numbers."""
    whole = go(recipe)
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=200, resume=True)
    for until in (100, 300):
        with pytest.raises(StoppedError, match=f"stopped at step {until}"):
            go(recipe, checkpoint, until=until)
    with safe_open(checkpoint.path, framework="pt") as file:
        seconds = float(file.metadata()["seconds"])
    resumed = go(recipe, checkpoint)
    assert resumed.seconds > seconds > 0
    assert resumed.evaluations == whole.evaluations
    assert resumed.published_step == whole.published_step
    assert torch.equal(resumed.step_losses, whole.step_losses)
    assert resumed.losses == whole.losses
    for key, tensor in whole.network.state().items():
        assert torch.equal(resumed.network.state()[key], tensor), key


def test_a_killed_run_resumes_from_its_last_checkpoint(tmp_path: Path) -> None:
    """A run that ended without a final checkpoint continues from the checkpoint before."""
    whole = go(small("batchnorm"))
    path = tmp_path / "run.ckpt"

    def lost(events: Iterator[Progress]) -> Iterator[Progress]:
        yield from islice(events, 4)  # the last checkpoint is of step 300
        raise InterruptedError

    kept = Checkpoint(path, every=300, resume=False)
    with pytest.raises(InterruptedError):
        train(few_names(), small("batchnorm"), 42, "cpu", lost, checkpoint=kept)
    resumed = go(small("batchnorm"), Checkpoint(path, every=300, resume=True))
    assert torch.equal(resumed.step_losses, whole.step_losses)
    assert [entry.name for entry in tmp_path.iterdir()] == ["run.ckpt"]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"hidden": 17}, "was made with hidden 16, this run has 17"),
        ({"learning_rate": 0.2}, "was made with learning_rate 0.1, this run has 0.2"),
    ],
)
def test_a_checkpoint_of_other_settings_is_refused(
    tmp_path: Path, settings: dict[str, float], message: str
) -> None:
    """The error names the first setting that differs, and both values."""
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=100, resume=True)
    with pytest.raises(StoppedError):
        go(small("batchnorm"), checkpoint, until=100)
    with pytest.raises(CheckpointError, match=message):
        go(override(small("batchnorm"), **settings), checkpoint)


def test_a_checkpoint_of_another_format_is_refused(tmp_path: Path) -> None:
    """Files of format 1 do not say their splits, nor their format."""
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=100, resume=True)
    with pytest.raises(StoppedError):
        go(small("batchnorm"), checkpoint, until=100)
    with safe_open(checkpoint.path, framework="pt") as file:
        about, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    checkpoint.path.write_bytes(save(tensors, {**about, "format": "1"}))
    with pytest.raises(CheckpointError, match=r"has format 1, and this version continues format 2"):
        go(small("batchnorm"), checkpoint)


def test_a_run_without_a_file_is_held_behind_its_last_step_and_rescued(tmp_path: Path) -> None:
    """The rescued run takes no step, and has the numbers of the run that was held."""
    held = Checkpoint(None)
    recipe = override(small("wavenet"), steps=100)
    whole = go(recipe, held)
    assert [*held.held] == [""]
    assert not held.used
    blocked = tmp_path / "names.txt"
    blocked.write_text("no folder")
    path = tmp_path / "new" / "run.ckpt"
    assert held.rescue([blocked / "run.ckpt", path]) == path
    assert [entry.name for entry in path.parent.iterdir()] == ["run.ckpt"]
    kept = Checkpoint(path, resume=True)
    assert kept.continues()
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Training, "advance")
        resumed = go(recipe, kept)
    assert resumed.losses == whole.losses
    assert torch.equal(resumed.step_losses, whole.step_losses)
    kept.remove()
    assert [*path.parent.iterdir()] == []
    assert not kept.continues()


def test_a_file_that_cannot_be_written_loses_no_step(tmp_path: Path) -> None:
    """In the middle of a run its state is held, and the error raised; at the end it is held."""
    blocked = tmp_path / "names.txt"
    blocked.write_text("no folder")
    recipe = override(small("batchnorm"), steps=300)
    whole = go(recipe, held := Checkpoint(blocked / "run.ckpt", every=10**6))
    assert held.held
    middle = Checkpoint(blocked / "run.ckpt", every=200)
    with pytest.raises(NotADirectoryError):
        go(recipe, middle)
    path = middle.rescue([tmp_path / "run.ckpt"])
    steps = []
    advance = Training.advance
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            Training, "advance", lambda run, count: steps.append(count) or advance(run, count)
        )
        resumed = go(recipe, Checkpoint(path, resume=True))
    assert steps == [100]
    assert torch.equal(resumed.step_losses, whole.step_losses)


def test_the_parts_of_a_run_are_rescued_together(tmp_path: Path) -> None:
    """Parts in memory and parts on a disk that is full go to one place, whole, or nowhere."""
    first = tmp_path / "full" / "run.ckpt"
    first.parent.mkdir()
    checkpoint = Checkpoint(first)
    checkpoint.part("a").path.write_bytes(b"on disk")
    checkpoint.used.add(checkpoint.part("a").path)
    checkpoint.held[checkpoint.part("b").suffix] = b"in memory"
    there = tmp_path / "other" / "x.ckpt"
    assert checkpoint.rescue([there]) == there
    moved = Checkpoint(there, resume=True)
    assert moved.continues()
    assert moved.part("a").path.read_bytes() == b"on disk"
    assert moved.part("b").path.read_bytes() == b"in memory"
    assert checkpoint.rescue([Path("/dev/null/x.ckpt")]) is None


def test_a_foreign_file_is_neither_read_nor_overwritten(tmp_path: Path) -> None:
    """A file that is no checkpoint is refused, with and without ``resume``."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"Is a directory|cannot be read|no checkpoint"):
        go(small("batchnorm"), Checkpoint(tmp_path, every=100, resume=True))
    with pytest.raises(CheckpointError, match=r"run\.ckpt: is no checkpoint"):
        go(small("batchnorm"), Checkpoint(path, every=100, resume=True))
    with pytest.raises(CheckpointError, match="exists; --resume continues it"):
        go(small("batchnorm"), Checkpoint(path, every=100, resume=False))


def test_a_checkpoint_with_a_missing_or_bent_tensor_is_refused(tmp_path: Path) -> None:
    """The error names the file, and the tensor or the reason."""
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=100, resume=True)
    with pytest.raises(StoppedError):
        go(small("batchnorm"), checkpoint, until=100)
    with safe_open(checkpoint.path, framework="pt") as file:
        about, tensors = file.metadata(), {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    bent = {**tensors, "network.W1": torch.zeros(3)}
    checkpoint.path.write_bytes(save(bent, about))
    with pytest.raises(CheckpointError, match=r"run\.ckpt: holds a tensor of another shape"):
        go(small("batchnorm"), checkpoint)
    del tensors["network.W1"]
    checkpoint.path.write_bytes(save(tensors, about))
    with pytest.raises(CheckpointError, match=r"run\.ckpt: lacks the tensor 'network\.W1'"):
        go(small("batchnorm"), checkpoint)


def test_sigterm_keeps_the_run_for_a_resume(tmp_path: Path) -> None:
    """The process names the file, ends with the status 143, and the run continues from it."""
    path, models = tmp_path / "run.ckpt", tmp_path / "models"
    options = ("--hidden", "16", "--checkpoint", path, "--checkpoint-every", "100", "--resume")
    command = [sys.executable, "-c", "from namesmith_trainer.cli import main; main()", "train"]
    command += ["--models", models, "--name", "m", *options]
    steps = ("--steps", "1500000")  # minutes: it cannot end before the signal
    with subprocess.Popen([*command, *steps], stderr=subprocess.PIPE, text=True) as process:
        while not path.exists() and process.poll() is None:
            time.sleep(0.01)
        process.send_signal(signal.SIGTERM)
        _, errors = process.communicate()
    assert process.returncode == 128 + signal.SIGTERM
    assert f"--resume continues from {path}" in errors
    assert not models.exists()
    kept = replace(RECIPES["batchnorm"], hidden=16, steps=1_500_000)
    with pytest.raises(StoppedError) as stopped:
        go(
            kept,
            Checkpoint(path, every=10**9, resume=True),
            until=1,
            names=Names.read("us-names"),
        )
    assert stopped.value.progress.done >= 100
