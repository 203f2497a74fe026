"""The trainer's command line, run as a person runs it."""

import json
from pathlib import Path
from statistics import fmean

import pytest
from click.testing import CliRunner, Result
from tensorboard.backend.event_processing import event_accumulator

from namesmith.bundle import Bundle
from namesmith_trainer.cli import main


def call(*arguments: str | Path) -> Result:
    """What the command answers."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments])


def test_train_publishes_what_inspect_verifies(tmp_path: Path) -> None:
    """Train prints the split losses and records every step; inspect reads the bundle back."""
    metrics = tmp_path / "metrics.jsonl"
    result = call(
        "train", "--models", tmp_path, "--name", "m", "--steps", "50", "--metrics", metrics
    )
    assert result.exit_code == 0, result.output
    losses = {split.name: split.loss for split in Bundle.open(tmp_path / "m" / "1").manifest.splits}
    assert all(f"{name:5} loss {loss:.4f}" in result.output for name, loss in losses.items())
    assert list(losses) == ["train", "val", "test"]
    lines = [json.loads(line) for line in metrics.read_text().splitlines()]
    assert [line["step"] for line in lines] == list(range(50))
    assert 3.25 < lines[0]["loss"] < 3.4  # near ln 27 = 3.2958
    shown = call("inspect", tmp_path / "m" / "1")
    assert shown.exit_code == 0
    assert "8 files verified" in shown.output
    assert "12,097 parameters" in shown.output


def test_a_recipe_and_its_settings_are_recorded(tmp_path: Path) -> None:
    """What is overridden is trained and stands in the manifest."""
    options = ("--recipe", "kaiming", "--steps", "3", "--hidden", "16", "--block-size", "2")
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 0, result.output
    manifest = Bundle.open(tmp_path / "m" / "1").manifest
    assert manifest.training.recipe == "kaiming"
    assert manifest.training.settings["hidden"] == "16"
    assert manifest.training.settings["w1_scale"] == "null"
    assert manifest.architecture.block_size == 2
    assert manifest.architecture.parameters == 27 * 10 + 20 * 16 + 16 + 16 * 27 + 27


def test_tensorboard_gets_the_mean_loss_of_every_block(tmp_path: Path) -> None:
    """On request alone; what is logged is the mean of the losses that --metrics writes."""
    metrics, logs = tmp_path / "metrics.jsonl", tmp_path / "logs"
    options = ("--steps", "250", "--hidden", "16", "--metrics", metrics, "--tensorboard", logs)
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 0, result.output
    losses = [json.loads(line)["loss"] for line in metrics.read_text().splitlines()]
    events = event_accumulator.EventAccumulator(str(logs))
    events.Reload()
    logged = events.Scalars("loss")
    assert [event.step for event in logged] == [100, 200, 250]
    means = [fmean(losses[:100]), fmean(losses[100:200]), fmean(losses[200:])]
    assert [event.value for event in logged] == pytest.approx(means, abs=1e-5)


def test_a_run_that_diverges_publishes_nothing(tmp_path: Path) -> None:
    """Two equal contexts make a batch without deviation; the error says at which step."""
    options = ("--batch-size", "2", "--steps", "500")
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == 1
    assert "is not a number" in result.output
    assert list(tmp_path.iterdir()) == []


def test_inspect_finds_a_flipped_byte(tmp_path: Path) -> None:
    """A changed file is named, on one line, with exit status 1."""
    call("train", "--models", tmp_path, "--name", "m", "--steps", "1")
    path = tmp_path / "m" / "1" / "splits" / "val.txt"
    raw = bytearray(path.read_bytes())
    raw[10] ^= 1
    path.write_bytes(raw)
    result = call("inspect", tmp_path / "m" / "1")
    assert result.exit_code == 1
    assert "Error: splits/val.txt: its SHA-256 is not the manifest's" in result.output


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--data", "absent.txt"), 1, "absent.txt: No such file"),
        (("--name", "../m"), 2, "'../m': 1 to 128 of a-z"),
        (("--steps", "0"), 2, "steps: 0 is not in 1 to 1,000,000,000"),
        (("--learning-rate", "nan"), 2, "learning_rate: nan is not in"),
        (("--device", "tpu"), 2, "'tpu' is not one of"),
        (("--dropout", "0.1"), 2, "dropout: the recipe batchnorm has no such setting"),
        (("--recipe", "wavenet", "--block-size", "6"), 2, "block_size: 6 is not a power of two"),
        (("--resume",), 2, "--resume: there is no --checkpoint to resume from"),
        (("--steps", "200", "--metrics", "/dev/full"), 1, "/dev/full: No space left on device"),
    ],
)
def test_faults_are_one_clear_line(
    tmp_path: Path, options: tuple[str, ...], status: int, message: str
) -> None:
    """A service of faults: each names what was given, and nothing is published."""
    result = call("train", "--models", tmp_path, "--name", "m", *options)
    assert result.exit_code == status
    assert message in result.output
    assert list(tmp_path.iterdir()) == []
