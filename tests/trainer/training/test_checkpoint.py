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

from namesmith.bundle import Bundle
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, NetworkRecipe, override
from namesmith_trainer.training import (
    Checkpoint,
    CheckpointError,
    NetworkRun,
    Progress,
    StoppedError,
    train,
)

SMALL = {"steps": 500, "hidden": 16, "embedding": 4}
"""Settings of a small run."""


def small(name: str) -> NetworkRecipe:
    """Return the named recipe with the settings ``SMALL``."""
    return override(RECIPES[name], **SMALL)


def few_names() -> Names:
    """Return a tenth of us-names: the losses of all take most of a small run's time."""
    names = Names.read("us-names")
    return replace(names, names=names.names[:3_000])


def go(
    recipe: NetworkRecipe, checkpoint: Checkpoint | None = None, *, until: int | None = None
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

    return train(few_names(), recipe, 42, "cpu", watch, checkpoint=checkpoint, stop=stop)


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


def test_a_foreign_file_is_neither_read_nor_overwritten(tmp_path: Path) -> None:
    """A file that is no checkpoint is refused, with and without ``resume``."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"no checkpoint")
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
        go(kept, Checkpoint(path, every=10**9, resume=True), until=1)
    assert stopped.value.progress.done >= 100


def test_a_published_run_leaves_no_checkpoint(tmp_path: Path) -> None:
    """The checkpoint's file is removed once the bundle is published."""
    path, models = tmp_path / "run.ckpt", tmp_path / "models"
    command = [sys.executable, "-c", "from namesmith_trainer.cli import main; main()", "train"]
    options = ("--steps", "300", "--hidden", "16", "--checkpoint-every", "100", "--resume")
    command += ["--models", models, "--name", "m", "--checkpoint", path, *options]
    subprocess.run(command, check=True, capture_output=True)
    Bundle.open(models / "m" / "1").verify()
    assert not path.exists()
