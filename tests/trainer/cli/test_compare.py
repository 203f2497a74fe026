"""Tests of ``compare``, run as a person runs it."""

import json
import os
import re
import resource
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from namesmith_trainer.cli import main
from namesmith_trainer.cli.compare import LESSON
from namesmith_trainer.cli.contest import Contest
from namesmith_trainer.cli.entries import Entry, groups
from namesmith_trainer.models import RECIPES
from namesmith_trainer.report import Diagnostics

Train = Callable[[Contest, list[Entry]], list[Diagnostics]]
"""Type of ``Contest.train``."""

TRAINER = Path(sys.executable).with_name("namesmith-trainer")
"""Program that a person runs."""


def compare(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


def test_the_table_holds_every_recipe_of_the_lesson(names: Path, tmp_path: Path) -> None:
    """Every recipe of the notebook has a row, whose numbers equal the JSON's."""
    page = tmp_path / "lesson.html"
    result = compare("--data", names, "--steps", "30", "--report", page)
    assert result.exit_code == 0, result.output
    runs = json.loads(page.with_suffix(".json").read_bytes())
    networks = ["baseline", "softmax", "saturation", "kaiming", "batchnorm-b1", "batchnorm"]
    assert list(runs) == sorted(["bigram", *networks, "kneser-ney"])
    assert runs["bigram"]["losses"]["val"] > runs["kneser-ney"]["losses"]["val"]
    rows = {line.split()[0]: line.split() for line in result.stdout.splitlines() if line.split()}
    html = page.read_text("utf-8")
    for recipe, run in runs.items():
        numbers = [run["losses"]["val"], *([run["curve"]["first"]] if recipe in networks else [])]
        for cell in (f"{number:.4f}" for number in numbers):
            assert cell[:-1] in " ".join(rows[recipe])  # the JSON has seven digits
            assert cell[:-1] in html
    assert runs["baseline"]["curve"]["first"] > 20
    assert runs["softmax"]["curve"]["first"] < 4
    shares = {
        recipe: runs[recipe]["start"]["layers"][0]["saturation"]["share"] for recipe in networks
    }
    assert shares["baseline"] == shares["softmax"] > 0.5
    assert shares["kaiming"] < 0.2
    assert max(shares["batchnorm-b1"], shares["batchnorm"]) < 0.02


def test_rows_are_the_recipes_by_the_varied_settings(names: Path, tmp_path: Path) -> None:
    """A row's label holds the values of its variations; a recipe varies by its own settings."""
    own = tmp_path / "own.toml"
    own.write_text('[small]\nrecipe = "kaiming"\nhidden = 8\n', encoding="utf-8")
    varied = ("--vary", "embedding=2,3", "--vary", "seed=1,2")
    recipes = f"{own}#small,kneser-ney"
    result = compare("--data", names, "--steps", "2", "--recipes", recipes, *varied, "--json")
    assert result.exit_code == 0, result.output
    runs = json.loads(result.stdout)
    labels = [f"small embedding={e} seed={s}" for e in (2, 3) for s in (1, 2)]
    assert list(runs) == sorted([*labels, "kneser-ney"])
    assert len({runs[label]["losses"]["val"] for label in labels}) == 4
    assert {runs[label]["start"]["layers"][0]["saturation"]["units"] for label in labels} == {8}


def test_a_comparison_continues_from_its_checkpoint(names: Path, tmp_path: Path) -> None:
    """Runs that have ended are not trained again, and the numbers are those of one go."""
    path = tmp_path / "lesson.ckpt"
    command = ("--data", names, "--hidden", "8", "--steps", "200", "--recipes", "kaiming,batchnorm")
    command += ("--json",)
    with pytest.MonkeyPatch.context() as patch:
        kept = path.with_name("lesson.ckpt.part-kaiming")
        patch.setattr(Contest, "train", stopped_behind(kept, Contest.train))
        result = compare(*command, "--checkpoint", path)
    assert result.exit_code == 128 + signal.SIGTERM
    assert f"stopped at kaiming, step 200; --resume continues from {path}" in result.stderr
    assert list(tmp_path.iterdir()) == [kept]
    refused = compare(*command, "--checkpoint", path)
    assert refused.exit_code == 1
    assert "lesson.ckpt.part-kaiming: exists; --resume continues it" in refused.output
    resumed = compare(*command, "--checkpoint", path, "--resume")
    assert resumed.exit_code == 0, resumed.output
    assert not list(tmp_path.iterdir())
    whole, again = json.loads(compare(*command).stdout), json.loads(resumed.stdout)
    for runs in (whole, again):
        for run in runs.values():
            del run["seconds"]
    assert again == whole


def stopped_behind(kept: Path, train: Train) -> Train:
    """Return a training of entries in which SIGTERM comes once a run's checkpoint is there."""

    def stopped(contest: Contest, entries: list[Entry]) -> list[Diagnostics]:
        def stop() -> bool:
            if kept.exists():
                os.kill(os.getpid(), signal.SIGTERM)
            return contest.stop()

        return train(replace(contest, stop=stop), entries)

    return stopped


def test_a_page_that_cannot_be_written_leaves_the_old_page(names: Path, tmp_path: Path) -> None:
    """Under a real limit on the size of files, the error names the page; no other file is left."""
    page = tmp_path / "lesson.html"
    page.write_bytes(b"old")
    least, most = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (10_000, most))
    try:
        options = ("--recipes", "kaiming", "--steps", "1", "--report", page)
        result = compare("--data", names, *options)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (least, most))
    assert result.exit_code == 1
    assert f"{page}: File too large" in result.output
    assert [(entry.name, entry.read_bytes()) for entry in tmp_path.iterdir()] == [
        ("lesson.html", b"old")
    ]


@pytest.mark.parametrize(
    ("options", "status", "message"),
    [
        (("--recipes", "baseline,best"), 2, "'best' is not one of "),
        (("--report", "absent/x.html"), 2, "'absent' is not a folder"),
        (("--report", "x.json"), 2, "'x.json' does not end in .html"),
        (("--data", "absent.txt"), 1, "absent.txt: No such file"),
        (("--steps", "0"), 2, "baseline: steps: 0 is not in 1 to 1,000,000,000"),
        (("--steps", "2000000000"), 2, "steps: 2000000000 is not in 1 to 1,000,000,000"),
        (("--data", ""), 2, "the name of the file is empty"),
        (("--vary", "hiden=1"), 2, "'hiden' is not one of batch_size, block_size, "),
        (("--vary", "hidden"), 2, "'hidden' is not SETTING=VALUE,VALUE..."),
        (("--vary", "hidden=1.5"), 2, "hidden: '1.5' are no whole numbers"),
        (("--vary", "hidden=0,8"), 2, "baseline: hidden: 0 is not in 1 to 65,536"),
        (("--vary", "hidden=8", "--vary", "hidden=9"), 2, "hidden is varied twice"),
        (("--vary", "hidden=8", "--hidden", "9"), 2, "--vary: hidden has a value already"),
        (("--no-keep-best", "--patience", "4"), 2, "baseline: keep_best: --no-keep-best and --pat"),
        (("--no-keep-best", "--vary", "patience=0,4"), 2, "--no-keep-best and --vary patience"),
        (("--vary", "keep_best=0,1", "--patience", "4"), 2, "keep_best: --no-keep-best and --pat"),
        (("--vary", "dropout=0.1"), 2, "dropout: none of bigram, baseline, "),
        (("--vary", "seed=-1"), 2, "seed: -1 is not in 0 to "),
        (("--vary", f"seed={','.join(map(str, range(30)))}"), 2, "more than 100 runs"),
        (("--resume",), 2, "--resume: there is no --checkpoint to resume from"),
        (("--recipes", "absent.toml"), 2, "absent.toml: No such file or directory"),
    ],
)
def test_wrong_options_are_reported_before_training(
    options: tuple[str, ...], status: int, message: str
) -> None:
    """The message names the value that was given, and no training starts."""
    result = compare(*options)
    assert result.exit_code == status
    assert message in result.output
    assert not re.search(r": [\d,]+ steps", result.stderr)


def test_recipes_of_one_shape_are_trained_at_once_on_cuda() -> None:
    """On CUDA the four recipes without BatchNorm are one group; on a CPU each is alone."""
    entries = [Entry(RECIPES[name], 42) for name in LESSON]
    names = [[entry.recipe.name for entry in group] for group in groups(entries, "cuda")]
    assert names == [
        ["bigram"],
        ["baseline", "softmax", "saturation", "kaiming"],
        ["batchnorm-b1"],
        ["batchnorm"],
        ["kneser-ney"],
    ]
    assert groups(entries, "cpu") == [[entry] for entry in entries]
    seeds = [Entry(RECIPES["kaiming"], seed) for seed in (1, 2)]
    assert groups(seeds, "cuda") == [[seed] for seed in seeds]


def test_ctrl_c_ends_compare_with_status_130() -> None:
    """``compare`` ends at SIGINT with the status 130, without a traceback."""
    command = [TRAINER, "compare", "--recipes", "kaiming", "--steps", "1500000"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr is not None
        assert process.stderr.readline() == "kaiming: 1,500,000 steps\n"
        process.send_signal(signal.SIGINT)
        told = process.communicate(timeout=60)[1]
    assert process.returncode == 128 + signal.SIGINT
    assert "Traceback" not in told
    assert "Aborted" not in told
