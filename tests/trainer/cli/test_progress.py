"""Tests of the progress of runs with several phases, for people and for programs."""

import io
import json
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
import torch

from namesmith_trainer.cli.progress import with_metrics, with_progress
from namesmith_trainer.training import STEPS, Evaluation, Progress


def events() -> Iterator[Progress]:
    """Yield the events of a run that trains two teachers and then counts."""
    for number in (1, 2):
        for done in range(100, 1_100, 100):
            losses = torch.full((100,), number + done / 1_000)
            made = (Evaluation(done, number + 0.5),) if done == 500 else ()
            yield Progress(f"teacher {number}", done, 1_000, losses, made)
    for done in range(1, 4):
        yield Progress("counting", done, 3)


class Terminal(io.StringIO):
    """Text that says that it is a terminal."""

    def isatty(self) -> bool:
        """Return that it is."""
        return True


def test_plain_lines_name_each_phase_once(capsys: pytest.CaptureFixture[str]) -> None:
    """The lines of a phase follow its name: place and total, and the loss where there is one."""
    assert len([*with_progress(events())]) == 23
    lines = capsys.readouterr().err.splitlines()
    assert [line for line in lines if "/" not in line] == ["teacher 1", "teacher 2", "counting"]
    assert lines[1] == "      0/   1000: 1.1000"
    assert lines[10] == "    900/   1000: 2.0000, val 1.5000"
    assert lines[-1] == "      3/      3"


def test_the_lines_of_the_only_training_have_no_name(capsys: pytest.CaptureFixture[str]) -> None:
    """A run of one network prints its steps alone, as it always did."""
    [*with_progress(iter([Progress(STEPS, 2, 2, torch.tensor([3.0, 2.5]))]))]
    assert capsys.readouterr().err == "      0/      2: 3.0000\n"


def test_a_resumed_run_goes_on_with_the_line_that_is_due(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """The lines before and behind an interruption are together those of a run without one.

    One line says where the run goes on; the step 0 is not told again.
    """

    def blocks(start: int, end: int) -> Iterator[Progress]:
        if start:
            losses, file = torch.arange(start).float(), Path("run.ckpt")
            yield Progress(STEPS, start, 10_000, losses, resumed=file)
        for done in range(start + 100, end + 100, 100):
            losses = torch.arange(done - 100, done).float()
            made = (Evaluation(done, 2.5),) if done == 9_000 else ()
            yield Progress(STEPS, done, 10_000, losses, made)

    [*with_progress(blocks(0, 10_000))]
    whole = capsys.readouterr().err.splitlines()
    [*with_progress(blocks(0, 4_200))]
    [*with_progress(blocks(4_200, 10_000))]
    lines = capsys.readouterr().err.splitlines()
    lines.remove("resumed from run.ckpt at step 4,200")
    assert lines == whole
    [*with_progress(blocks(100, 300))]
    assert capsys.readouterr().err == "resumed from run.ckpt at step 100\n"
    assert len(whole) == 20
    assert whole[-1] == "   9500/  10000: 9500.0000, val 2.5000"


def test_a_terminal_has_a_bar_for_each_phase(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each phase keeps its bar with its name, its total and its last loss."""
    screen = Terminal()
    monkeypatch.setenv("COLUMNS", "120")
    monkeypatch.setattr(sys, "stderr", screen)
    assert len([*with_progress(events())]) == 23
    shown = screen.getvalue()
    for text in (
        "teacher 1",
        "teacher 2",
        "counting",
        "1000/1000",
        "3/3",
        "loss 3.0000, val 2.5000",
    ):
        assert text in shown


def test_metrics_tell_phases_apart(tmp_path: Path) -> None:
    """Steps are counted from 0 in each phase with losses, and lines of several phases name it."""
    file = tmp_path / "metrics.jsonl"
    assert len([*with_metrics(events(), file)]) == 23
    lines = [json.loads(line) for line in file.read_text().splitlines()]
    assert [(line["phase"], line["step"]) for line in lines if "loss" in line] == [
        (f"teacher {number}", step) for number in (1, 2) for step in range(1_000)
    ]
    assert [line for line in lines if "val_loss" in line] == [
        {"phase": f"teacher {number}", "step": 500, "val_loss": number + 0.5} for number in (1, 2)
    ]
