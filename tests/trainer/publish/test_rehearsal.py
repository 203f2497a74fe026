"""Tests of the rehearsal: what cannot be exported is told before the first step."""

from pathlib import Path
from typing import Any

import pytest
import torch
from click.testing import CliRunner

from namesmith import bundle
from namesmith.bundle import BundleError
from namesmith_trainer.cli import main
from namesmith_trainer.models import RECIPES, override
from namesmith_trainer.publish import export, rehearse
from namesmith_trainer.training import Training


def test_an_exporter_that_fails_is_told_before_the_first_step(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The error is one line that names the file, no step is taken, and nothing is kept."""

    def failing(*_arguments: Any, **_named: Any) -> None:
        raise torch.onnx.OnnxExporterError("no such operator\nand a long report")

    monkeypatch.setattr(torch.onnx, "export", failing)
    monkeypatch.delattr(Training, "advance")
    command = ["train", "--models", str(tmp_path), "--name", "m"]
    for recipe in ("batchnorm", "distilled"):
        result = CliRunner().invoke(main, [*command, "--recipe", recipe])
        assert result.exit_code == 1
        lines = result.output.splitlines()
        assert lines[1:-1] == ["trying the export"]  # behind the line of the plan
        assert lines[-1] == "Error: model.onnx: cannot be exported: no such operator"
    assert list(tmp_path.iterdir()) == []


def test_short_runs_and_counts_are_not_rehearsed(monkeypatch: pytest.MonkeyPatch) -> None:
    """A run of seconds is its own rehearsal; a chain of published networks takes no hour."""
    monkeypatch.delattr(export, "to_onnx")
    rehearse(override(RECIPES["batchnorm"], steps=9_999), 27)
    rehearse(RECIPES["kneser-ney"], 27)


def test_a_network_larger_than_readers_take_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The size of the files is known before the training."""
    monkeypatch.setattr(export, "to_onnx", lambda *_: bytes(300 << 20))
    with pytest.raises(BundleError, match=rf"files: {bundle.ONNX}: .* bytes are not in"):
        rehearse(override(RECIPES["batchnorm"], hidden=8), 27)


@pytest.mark.slow
@pytest.mark.parametrize("recipe", ["baseline", "batchnorm", "wavenet", "distilled"])
@pytest.mark.parametrize("vocab_size", [3, 200])
def test_the_recipes_pass_their_rehearsal(recipe: str, vocab_size: int) -> None:
    """The untrained model of a recipe is exported, for small alphabets and large ones."""
    rehearse(RECIPES[recipe], vocab_size)
