"""Tests of lists as they are, given to ``train`` as a person gives them."""

import os
import re
import signal
from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner, Result
from numpy.typing import NDArray

from namesmith.bundle import Bundle
from namesmith_trainer.cli import main
from namesmith_trainer.cli.plan import announce
from namesmith_trainer.data import Names
from namesmith_trainer.distillation import choose_form
from namesmith_trainer.models import RECIPES, NetworkRecipe, override
from namesmith_trainer.models.mlp import MLP
from namesmith_trainer.training import Job

NAMES = b"Ana\nMr. Mime\nZoe\nLea\nMila\n" * 20
"""Names of a small list, of which one holds a dot."""


def call(*arguments: str | Path, given: bytes | None = None) -> Result:
    """Run the command with standard input, and return its output."""
    return CliRunner().invoke(main, [str(argument) for argument in arguments], input=given)


def test_a_run_of_standard_input_goes_on_with_the_same_names_alone(tmp_path: Path) -> None:
    """A checkpoint of other bytes, or of the same bytes read otherwise, is refused by name."""
    path = tmp_path / "run.ckpt"
    options = ("--data", "-", "--steps", "20", "--hidden", "8", "--checkpoint", path)
    command = ("train", *options, "--models", tmp_path, "--name", "m")

    def signalled(*_: object) -> NDArray[np.float64]:
        os.kill(os.getpid(), signal.SIGTERM)
        return np.zeros(1)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(MLP, "target_log_probs", signalled)
        assert call(*command, given=NAMES).exit_code == 128 + signal.SIGTERM
        refused = call(*command, "--resume", given=NAMES + b"Mia\n")
        assert "was made with data" in refused.output
        refused = call(*command, "--resume", "--lower", given=NAMES)
        assert "was made with lower None, this run has True" in refused.output
        resumed = call(*command, "--resume", given=NAMES)
        assert resumed.exit_code == 128 + signal.SIGTERM


@pytest.mark.slow
def test_lines_that_are_left_out_are_counted_in_the_manifest(tmp_path: Path) -> None:
    """Without ``--skip-invalid`` nothing is trained; with it, the manifest counts the lines."""
    options = ("--data", "-", "--recipe", "kneser-ney", "--models", tmp_path, "--name", "m")
    given = NAMES + b"M\x00a\n\xff\n"
    refused = call("train", *options, given=given)
    assert refused.exit_code == 1
    assert "standard input: 2 lines cannot be taken; --skip-invalid leaves them" in refused.output
    assert not list(tmp_path.iterdir())
    result = call("train", *options, "--skip-invalid", given=given)
    assert result.exit_code == 0, result.output
    assert (
        "100 names, 5 distinct, longest 8 characters, first 'Ana', 2 lines left out; "
        in result.stderr
    )
    bundle = Bundle.open(tmp_path / "m" / "1")
    about = bundle.manifest.data
    assert (about.name, about.names, about.skipped_lines) == ("stdin", 100, 2)
    assert bundle.vocabulary.symbols[:3] == (".", " ", ".")
    assert "2 lines left out, which hold no name" in call("inspect", tmp_path / "m" / "1").output


SIZES = (
    "100 names, 5 distinct, longest 8 characters, first 'Ana'; 15 symbols; 80 train, 10 val,"
    " 10 test; "
)
"""Part of the line before the first step."""

MADE = {
    "batchnorm": "541 parameters, 1 step, a table of 197.8 KiB, served in about 81 MiB",
    "wavenet": "1,183 parameters, 1 step, neither table nor chain: no exact answers, served in"
    " about 100 MiB",
    "kneser-ney": "contexts of up to 3 symbols, a chain of at most 654 states, 38.3 KiB, served in"
    " at most about 80 MiB",
    "distilled": "3 teachers, contexts of up to 6 symbols, a chain of at most 65,536 states, 4 MiB,"
    " served in at most about 99 MiB",
}
"""End of the line of each recipe."""


def test_the_bound_of_a_chain_holds_for_the_chain_that_is_made(tmp_path: Path) -> None:
    """A chain in a network's place has contexts of sampled names too, which train lacks."""
    options = ("--steps", "20", "--hidden", "8", "--recipe", "batchnorm", "--form", "chain")
    command = ("train", "--data", "-", "--models", tmp_path, "--name", "m", *options)
    result = call(*command, given=NAMES)
    assert result.exit_code == 0, result.output
    planned = re.search(r"a chain of at most ([\d,]+) states", result.stderr)
    assert planned
    bound = int(planned[1].replace(",", ""))
    assert Bundle.open(tmp_path / "m" / "1").manifest.chain.states <= bound


def test_names_of_a_val_file_that_are_left_out_are_told(tmp_path: Path) -> None:
    """The refusal names the option that leaves them out; with it, the first line counts them."""
    val = tmp_path / "val.txt"
    val.write_bytes(b"Mia\nXu\nQi\nM\x00a\n")
    options = ("--recipe", "bigram", "--models", tmp_path, "--name", "m", "--val-data", val)
    taken = ("--data", "-", *options)
    (tmp_path / "fine.txt").write_bytes(b"Mia\nXu\nQi\n")
    refused = call("train", *taken, "--val-data", tmp_path / "fine.txt", given=NAMES)
    assert "names with such characters: 2; --skip-invalid leaves them out" in refused.output
    result = call("train", *taken, "--skip-invalid", given=NAMES)
    assert result.exit_code == 0, result.output
    left = "1 name, 1 line left out, 2 names left out with characters that train lacks; "
    assert f"val from {val}: {left}" in result.stderr


@pytest.mark.parametrize("name", MADE)
def test_one_line_before_the_first_step_says_what_will_be_made(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """The line tells the names, the symbols, the splits and the model of every recipe."""
    data = tmp_path / "names.csv"
    data.write_bytes(b"name,sex\n" + NAMES.replace(b"\n", b",f\n"))
    names, recipe = Names.read(str(data)), RECIPES[name]
    if isinstance(recipe, NetworkRecipe):
        recipe = override(recipe, steps=1, hidden=8)
    job = Job(names, names.splits(), names.vocabulary(), recipe, 42, "cpu")
    announce(job, choose_form(None, recipe, len(job.vocabulary)))
    told = capsys.readouterr()
    assert told.out == ""
    assert told.err == f"{data} (column name): {SIZES}{name}: {MADE[name]}\n"
