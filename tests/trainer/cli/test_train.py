"""Tests of ``train``, run as a person runs it."""

import errno
import json
import math
import os
import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import fmean

import numpy as np
import pytest
from click.testing import CliRunner, Result
from tensorboard.backend.event_processing import event_accumulator

from namesmith.bundle import Bundle
from namesmith_trainer.cli import main
from namesmith_trainer.data import Names
from namesmith_trainer.models.mlp import MLP
from namesmith_trainer.models.wavenet import WaveNet
from namesmith_trainer.optim import AveragedAdamW
from namesmith_trainer.publish import bundle_builder, export, parity_check, repository
from namesmith_trainer.training import Training


def call(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


@contextmanager
def files_limited(size: int) -> Iterator[None]:
    """Let no file of this process grow beyond a number of bytes, as on a disk that is full."""
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, most))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))


def test_inspect_verifies_the_bundle_that_train_publishes(tmp_path: Path) -> None:
    """``train`` prints the split losses and records every step; ``inspect`` reads the bundle."""
    metrics = tmp_path / "metrics.jsonl"
    result = call(
        "train", "--models", tmp_path, "--name", "m", "--steps", "50", "--metrics", metrics
    )
    assert result.exit_code == 0, result.output
    losses = {split.name: split.loss for split in Bundle.open(tmp_path / "m" / "1").manifest.splits}
    assert all(f"{name:5} loss {loss:.4f}" in result.output for name, loss in losses.items())
    assert list(losses) == ["train", "val", "test"]
    *lines, last = (json.loads(line) for line in metrics.read_text().splitlines())
    assert [line["step"] for line in lines] == list(range(50))
    assert last == {"step": 50, "val_loss": pytest.approx(losses["val"], abs=0.05)}
    assert 3.25 < lines[0]["loss"] < 3.4  # near ln 27 = 3.2958
    shown = call("inspect", tmp_path / "m" / "1")
    assert shown.exit_code == 0
    assert "8 files verified" in shown.output
    assert "12,097 parameters" in shown.output
    difference = Bundle.open(tmp_path / "m" / "1").manifest.max_log_prob_difference
    assert f"exports      differ from the network by at most {difference:.3g} nats" in shown.output


def test_a_recipe_and_its_settings_are_recorded(tmp_path: Path) -> None:
    """Training uses a recipe of a file and overridden settings; manifest and JSON hold them all."""
    own = tmp_path / "own.toml"
    own.write_text('[small]\nrecipe = "kaiming"\nhidden = 16\n', encoding="utf-8")
    options = ("--recipe", f"{own}#small", "--steps", "3", "--block-size", "2", "--json")
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 0, result.output
    folder = tmp_path / "m" / "1"
    assert json.loads(result.stdout) == {
        "folder": str(folder),
        "manifest": json.loads((folder / "manifest.json").read_bytes()),
    }
    manifest = Bundle.open(folder).manifest
    assert manifest.training.recipe == "small"
    assert manifest.training.settings["hidden"] == "16"
    assert manifest.training.settings["w1_scale"] == "null"
    assert manifest.architecture.block_size == 2
    assert manifest.architecture.parameters == 27 * 10 + 20 * 16 + 16 + 16 * 27 + 27


def test_tensorboard_gets_the_mean_loss_of_every_block(tmp_path: Path) -> None:
    """The logged values are the means of the losses that ``--metrics`` writes."""
    metrics, logs = tmp_path / "metrics.jsonl", tmp_path / "logs"
    options = ("--steps", "250", "--hidden", "16", "--metrics", metrics, "--tensorboard", logs)
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 0, result.output
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    events = event_accumulator.EventAccumulator(str(logs))
    events.Reload()
    logged = events.Scalars("loss")
    assert [event.step for event in logged] == [100, 200, 250]
    means = [fmean(losses[:100]), fmean(losses[100:200]), fmean(losses[200:])]
    assert [event.value for event in logged] == pytest.approx(means, abs=1e-5)
    val = [line["val_loss"] for line in lines if "val_loss" in line]
    logged = events.Scalars("val loss")
    assert [event.step for event in logged] == [100, 200, 250]
    assert [event.value for event in logged] == pytest.approx(val, abs=1e-5)


def test_counting_takes_the_options_of_long_runs_and_keeps_nothing(tmp_path: Path) -> None:
    """A checkpoint's file is neither read nor written nor removed; metrics hold no loss."""
    path, metrics = tmp_path / "run.ckpt", tmp_path / "metrics.jsonl"
    path.write_bytes(b"another run's")
    names = tmp_path / "names.txt"
    names.write_text("ana\nmia\nzoe\nlea\nmila\n" * 20, encoding="utf-8")
    options = ("--recipe", "kneser-ney", "--checkpoint", path, "--resume", "--metrics", metrics)
    command = ("train", "--data", names, "--models", tmp_path, "--name", "m", *options)
    result = call(*command)
    assert result.exit_code == 0, result.output
    assert "counting" in result.stderr
    assert path.read_bytes() == b"another run's"
    assert metrics.read_text() == ""
    manifest = Bundle.open(tmp_path / "m" / "1").manifest
    for split in manifest.splits:
        assert f"{split.name:5} loss {split.loss:.4f}" in result.output
    assert manifest.chain.states > 5
    assert manifest.max_log_prob_difference == 0
    shown = call("inspect", tmp_path / "m" / "1")
    assert f"chain        block size 3, {manifest.chain.states:,} states" in shown.output
    assert "8 files verified" in shown.output


@pytest.mark.slow
def test_losses_are_printed_apart_for_seen_names_and_given_novel(tmp_path: Path) -> None:
    """Names of val that stand in train have a loss of their own; else a loss given novel stands."""
    few = Names.read("us-names").names[:1_000]
    for name, lines in (("once", few), ("twice", few + few[:500])):
        data = tmp_path / f"{name}.txt"
        data.write_text("\n".join(lines), encoding="utf-8")
        options = ("--data", data, "--models", tmp_path, "--name", name)
        result = call("train", "--recipe", "kneser-ney", *options)
        val = Bundle.open(tmp_path / name / "1").manifest.splits[1]
        [line] = [line for line in result.output.splitlines() if line.startswith("val")]
        if name == "once":
            assert line == f"val   loss {val.loss:.4f}, {val.novel_loss:.4f} given novel"
            assert not val.seen.names
        else:
            seen = f"{val.seen.loss:.4f} on {val.seen.names} names seen in train"
            rest = f"{val.unseen.loss:.4f} on {val.unseen.names} names not seen"
            assert line == f"val   loss {val.loss:.4f}, {seen}, {rest}"
            assert not val.HasField("novel_loss")


def test_a_run_that_diverges_publishes_nothing(tmp_path: Path) -> None:
    """Two equal contexts make a batch without deviation; the error names the step."""
    metrics = tmp_path / "metrics.jsonl"
    options = ("--batch-size", "2", "--steps", "1000000", "--metrics", metrics)
    result = call("train", "--models", tmp_path / "models", "--name", "m", *options)
    assert result.exit_code == 1
    found = re.search(r"the loss of step ([\d,]+) is not a number", result.output)
    assert found
    step = int(found[1].replace(",", ""))
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    losses = [line["loss"] for line in lines if "loss" in line]
    assert len(losses) == step // 100 * 100  # the run ends at once, and only numbers are written
    assert all(map(math.isfinite, losses))
    assert list(tmp_path.iterdir()) == [metrics]


@pytest.mark.slow
def test_tensorboard_holds_each_mean_once_after_a_resume(tmp_path: Path) -> None:
    """A run that was resumed has the same entries as a run that was never stopped."""
    logs, path = tmp_path / "logs", tmp_path / "run.ckpt"
    options = ("--hidden", "16", "--models", tmp_path, "--name", "m", "--steps", "250")
    options += ("--checkpoint", path, "--tensorboard", logs)

    def signalled(*_: object) -> np.ndarray:
        os.kill(os.getpid(), signal.SIGTERM)
        return np.zeros(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MLP, "target_log_probs", signalled)
        assert call("train", *options).exit_code == 128 + signal.SIGTERM
    assert call("train", *options, "--resume").exit_code == 0
    events = event_accumulator.EventAccumulator(str(logs))
    events.Reload()
    for tag in ("loss", "val loss"):
        assert [event.step for event in events.Scalars(tag)] == [100, 200, 250]


@pytest.mark.slow
def test_keep_best_is_recorded_and_a_list_learnt_by_heart_is_warned_of(tmp_path: Path) -> None:
    """A run without ``--keep-best`` is warned of; with it the manifest and ``inspect`` say so."""
    data = tmp_path / "few.txt"
    data.write_text("\n".join(Names.read("us-names").names[::100]), encoding="utf-8")
    options = ("--data", data, "--steps", "1500", "--hidden", "64", "--learning-rate", "0.3")
    command = ("train", "--models", tmp_path, "--name", "m", "--embedding", "24", *options)
    result = call(*command, "--no-keep-best", "--weight-decay", "0")
    assert result.exit_code == 0, result.output
    assert "warning: names are learnt by heart: val " in result.stderr
    result = call(*command, "--keep-best", "--weight-decay", "0")
    assert "learnt by heart" not in result.stderr
    training = Bundle.open(tmp_path / "m" / "2").manifest.training
    assert 0 < training.published_step < training.steps == 1_500
    assert training.settings["keep_best"] == "true"
    shown = call("inspect", tmp_path / "m" / "2").output
    assert f"published as it was best on val, after step {training.published_step:,}" in shown


def test_a_full_disk_under_tensorboard_is_one_line(tmp_path: Path) -> None:
    """Under a real limit on the size of files, the error names the folder of the option."""
    logs = tmp_path / "logs"
    options = ("--models", tmp_path, "--name", "m", "--steps", "2000", "--hidden", "16")
    with files_limited(500):
        result = call("train", *options, "--tensorboard", logs)
    assert result.exit_code == 1
    assert result.output.splitlines()[-1] == f"Error: {logs}: File too large"


STAGES = [
    (AveragedAdamW, "finish", signal.SIGINT),
    (WaveNet, "target_log_probs", signal.SIGTERM),
    (export, "to_onnx", signal.SIGINT),
    (parity_check, "check_parity", signal.SIGTERM),
    (repository, "_write", signal.SIGTERM),
]
"""Functions that run after the last step, in order, and the signal that comes before each."""


@pytest.mark.slow
@pytest.mark.parametrize(("where", "stage", "number"), STAGES)
def test_a_signal_after_the_last_step_keeps_the_run(
    tmp_path: Path, where: object, stage: str, number: signal.Signals
) -> None:
    """At every stage the checkpoint stays, nothing is published, and the command can be resumed."""
    models, path = tmp_path / "models", tmp_path / "run.ckpt"
    options = ("--recipe", "wavenet", "--hidden", "8", "--batch-size", "16", "--steps", "20")
    command = ("train", "--models", models, "--name", "m", *options, "--checkpoint", path)

    def signalled(*arguments: object, **named: object) -> object:
        os.kill(os.getpid(), number)
        return original(*arguments, **named)

    original = getattr(where, stage)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(where, stage, signalled)
        result = call(*command)
    assert result.exit_code == 128 + number
    lines = result.stderr.splitlines()
    assert lines[-1] == f"stopped at step 20; --resume continues from {path}"
    assert list(tmp_path.iterdir()) == [path]
    if stage == "_write":
        assert call(*command, "--resume").exit_code == 0
        Bundle.open(models / "m" / "1").verify()
        assert not path.exists()


def test_a_run_that_a_full_disk_stops_is_published_later(tmp_path: Path) -> None:
    """Without --checkpoint the run is kept beside the model, and published without a step."""
    models = tmp_path / "models"
    data = tmp_path / "names.txt"
    data.write_text("\n".join(Names.read("us-names").names[:500]), encoding="utf-8")
    command = ["train", "--data", data, "--models", models, "--name", "m", "--steps", "20"]
    command += ["--hidden", "16"]
    with files_limited(100_000):  # less than the table's two megabytes
        result = call(*command)
    assert result.exit_code == 1
    [path] = models.iterdir()
    options = f"--checkpoint {path} --resume"
    assert result.output.splitlines()[-1] == (
        f"Error: {models / 'm'}: File too large; the run is kept: the same command with {options}"
        " publishes it"
    )
    losses = [line for line in result.output.splitlines() if " loss " in line]
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr(Training, "advance")
        resumed = call(*command, *options.split())
    assert resumed.exit_code == 0, resumed.output
    assert [line for line in resumed.output.splitlines() if " loss " in line] == losses
    Bundle.open(models / "m" / "1").verify()
    assert [*models.iterdir()] == [models / "m"]


@pytest.mark.parametrize(
    "error",
    [
        OSError(errno.EROFS, "Read-only file system"),
        pytest.param(MemoryError(), marks=pytest.mark.slow),
    ],
)
def test_a_publication_that_fails_keeps_the_checkpoint(tmp_path: Path, error: Exception) -> None:
    """The error says how the run goes on, and no part of the bundle is left."""
    models, path = tmp_path / "models", tmp_path / "run.ckpt"

    def failing(*_arguments: object, **_named: object) -> None:
        raise error

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(bundle_builder, "export_forms", failing)
        options = ("--steps", "20", "--hidden", "16", "--checkpoint", path)
        result = call("train", "--models", models, "--name", "m", *options)
    assert result.exit_code == 1
    assert result.output.endswith(f"; --resume continues from {path}\n")
    assert list(tmp_path.iterdir()) == [path]


def test_a_model_without_a_next_version_is_refused_before_the_run(tmp_path: Path) -> None:
    """The version folder is named, and the largest version."""
    (tmp_path / "m" / "9223372036854775807").mkdir(parents=True)
    result = call("train", "--models", tmp_path, "--name", "m")
    assert result.output == (
        f"Error: {tmp_path / 'm'}: holds a version 9223372036854775807, and so can have no next"
        " one: a version is at most 999999999999999999\n"
    )


def test_combining_marks_without_a_composed_form_are_symbols(tmp_path: Path) -> None:
    """Yoruba's letters with two marks have no composed form; splits and exports keep the marks."""
    names = ("\u1eb8\u0300b\u00f9n", "\u1ecc\u0301l\u00e1", "\u1eb8\u0301niol\u00e1")
    data = tmp_path / "names.txt"
    data.write_text("".join(f"{name}\n" for name in names * 10), encoding="utf-8")
    options = ("--data", data, "--steps", "20", "--hidden", "16")
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 0, result.output
    bundle = Bundle.open(tmp_path / "m" / "1")
    bundle.verify()
    assert {"\u0300", "\u0301"} <= set(bundle.vocabulary.symbols)
    held = bundle.read("splits/train.txt").decode().splitlines()
    assert set(held) == set(names)


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--data", "absent.txt"), 1, "absent.txt: No such file"),
        (("--name", "../m"), 2, "'../m': 1 to 128 of a-z"),
        (("--steps", "0"), 2, "steps: 0 is not in 1 to 1,000,000,000"),
        (("--learning-rate", "nan"), 2, "learning_rate: nan is not in"),
        (("--device", "tpu"), 2, "'tpu' is not one of"),
        (
            ("--recipe", "kneser-ney", "--steps", "3"),
            2,
            "steps: the recipe kneser-ney has no such setting",
        ),
        (("--recipe", "kneser-ney", "--block-size", "8"), 2, "block_size: 8 is not in 2 to 7"),
        (("--dropout", "0.1"), 2, "dropout: the recipe batchnorm has no such setting"),
        (("--recipe", "wavenet", "--block-size", "6"), 2, "block_size: 6 is not a power of two"),
        (("--resume",), 2, "--resume: there is no --checkpoint to resume from"),
        (("--data", ""), 2, "the name of the file is empty"),
        (("--checkpoint", "absent/ck"), 1, "Error: absent/ck: No such file or directory"),
        (("--metrics", "absent/m"), 1, "Error: absent/m: No such file or directory"),
        (("--models", "/dev/null/models"), 1, "Error: /dev/null: Not a directory"),
        (("--steps", "9000", "--metrics", "/dev/full"), 1, "/dev/full: No space left on device"),
    ],
)
def test_wrong_options_are_reported_in_one_line(
    tmp_path: Path, options: tuple[str, ...], status: int, message: str
) -> None:
    """The message names the value that was given, and nothing is published."""
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == status
    assert message in result.output
    assert list(tmp_path.iterdir()) == []
