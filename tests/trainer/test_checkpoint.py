"""A run that is stopped and resumed is the run that was never stopped."""

import resource
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
from torch import Tensor

from namesmith.bundle import Bundle
from namesmith_trainer.checkpoint import Checkpoint, CheckpointError
from namesmith_trainer.data import Names
from namesmith_trainer.files import write_whole
from namesmith_trainer.recipe import RECIPES, Recipe, override
from namesmith_trainer.run import Run, StoppedError, run

SMALL = {"steps": 500, "hidden": 16, "embedding": 4}


def unwatched(blocks: Iterator[Tensor]) -> Iterator[Tensor]:
    """Looks at nothing."""
    return blocks


def small(name: str) -> Recipe:
    """A recipe made small."""
    return override(RECIPES[name], **SMALL)


def go(recipe: Recipe, checkpoint: Checkpoint | None = None, *, until: int | None = None) -> Run:
    """Runs to the end, or to the first block that ends at or after ``until``."""
    seen = 0

    def watch(blocks: Iterator[Tensor]) -> Iterator[Tensor]:
        nonlocal seen
        for losses in blocks:
            seen += len(losses)
            yield losses

    def stop() -> bool:
        return until is not None and seen >= until

    data = Names.read("us-names")
    return run(data, recipe, 42, "cpu", watch, checkpoint=checkpoint, stop=stop)


@pytest.mark.parametrize("name", ["kaiming", "batchnorm", "wavenet"])
def test_resumed_is_bit_for_bit_uninterrupted(name: str, tmp_path: Path) -> None:
    """Stopped twice, at checkpoints and between them, a run ends with equal weights and losses."""
    whole = go(small(name))
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=200, resume=True)
    for until in (100, 300):
        with pytest.raises(StoppedError, match=f"stopped at step {until}"):
            go(small(name), checkpoint, until=until)
    with safe_open(checkpoint.path, framework="pt") as file:
        seconds = float(file.metadata()["seconds"])
    resumed = go(small(name), checkpoint)
    assert resumed.seconds > seconds > 0
    assert torch.equal(resumed.step_losses, whole.step_losses)
    assert resumed.losses == whole.losses
    for key, tensor in whole.network.state().items():
        assert torch.equal(resumed.network.state()[key], tensor), key


def test_a_lost_process_loses_the_steps_since_the_last_checkpoint_alone(tmp_path: Path) -> None:
    """What is kept every so often is enough: no last checkpoint is needed to resume."""
    whole = go(small("batchnorm"))
    path = tmp_path / "run.ckpt"

    def lost(blocks: Iterator[Tensor]) -> Iterator[Tensor]:
        yield from islice(blocks, 4)  # the last one that is kept is of step 300
        raise InterruptedError

    kept = Checkpoint(path, every=300, resume=False)
    with pytest.raises(InterruptedError):
        run(Names.read("us-names"), small("batchnorm"), 42, "cpu", lost, checkpoint=kept)
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
def test_another_run_is_not_continued(
    tmp_path: Path, settings: dict[str, float], message: str
) -> None:
    """A checkpoint of other settings is refused, naming the first that differs."""
    checkpoint = Checkpoint(tmp_path / "run.ckpt", every=100, resume=True)
    with pytest.raises(StoppedError):
        go(small("batchnorm"), checkpoint, until=100)
    with pytest.raises(CheckpointError, match=message):
        go(override(small("batchnorm"), **settings), checkpoint)


def test_what_is_no_checkpoint_is_refused(tmp_path: Path) -> None:
    """Neither is a foreign file read, nor is a checkpoint overwritten unasked."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"no checkpoint")
    with pytest.raises(CheckpointError, match=r"run\.ckpt: is no checkpoint"):
        go(small("batchnorm"), Checkpoint(path, every=100, resume=True))
    with pytest.raises(CheckpointError, match="exists; --resume continues it"):
        go(small("batchnorm"), Checkpoint(path, every=100, resume=False))


def test_a_checkpoint_that_lacks_a_tensor_is_refused(tmp_path: Path) -> None:
    """Also one of the right identity; the error names file and tensor, or says that it is bent."""
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


def test_what_a_killed_writer_left_is_swept(tmp_path: Path) -> None:
    """The next checkpoint of the same name removes it, and nothing of another's."""
    path, other = tmp_path / "ck", tmp_path / ".ck-2.partial-00"
    for left in (tmp_path / ".ck.partial-00", other):
        left.write_bytes(b"half")
    write_whole(path, b"whole")
    assert sorted(tmp_path.iterdir()) == sorted([path, other])


def test_a_checkpoint_that_does_not_fit_leaves_the_old_one(tmp_path: Path) -> None:
    """At a real limit of the size of a file: the error names it, and nothing else is left."""
    path = tmp_path / "run.ckpt"
    path.write_bytes(b"old")
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
    try:
        with pytest.raises(OSError, match=r"File too large: .*run\.ckpt"):
            write_whole(path, bytes(20_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [
        ("run.ckpt", b"old")
    ]


def test_sigterm_keeps_the_run_and_resume_publishes_it(tmp_path: Path) -> None:
    """The process says where it stopped and dies by 143; the same command ends what it began."""
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
    assert stopped.value.step >= 100


def test_a_published_run_leaves_no_checkpoint(tmp_path: Path) -> None:
    """Once the bundle is there, the checkpoint has served."""
    path, models = tmp_path / "run.ckpt", tmp_path / "models"
    command = [sys.executable, "-c", "from namesmith_trainer.cli import main; main()", "train"]
    options = ("--steps", "300", "--hidden", "16", "--checkpoint-every", "100", "--resume")
    command += ["--models", models, "--name", "m", "--checkpoint", path, *options]
    subprocess.run(command, check=True, capture_output=True)
    Bundle.open(models / "m" / "1").verify()
    assert not path.exists()
