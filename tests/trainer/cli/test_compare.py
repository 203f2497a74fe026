"""Tests of ``compare``, run as a person runs it."""

import json
import re
import resource
import signal
import subprocess
import sys
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from namesmith_trainer.cli import main
from namesmith_trainer.cli.compare import LESSON, groups
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES

TRAINER = Path(sys.executable).with_name("namesmith-trainer")
"""Program that a person runs."""


def compare(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, ["compare", *map(str, arguments)])


@pytest.fixture(scope="module")
def names(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a file of a thousand names."""
    path = tmp_path_factory.mktemp("data") / "names.txt"
    path.write_text("\n".join(Names.read("us-names").names[:1_000]), encoding="utf-8")
    return path


def test_the_table_holds_every_recipe_of_the_lesson(names: Path, tmp_path: Path) -> None:
    """Every recipe of the notebook has a row, whose numbers equal the JSON's."""
    page = tmp_path / "lesson.html"
    result = compare("--data", names, "--steps", "30", "--report", page)
    assert result.exit_code == 0, result.output
    runs = json.loads(page.with_suffix(".json").read_bytes())
    networks = ["baseline", "softmax", "saturation", "kaiming", "batchnorm"]
    assert list(runs) == sorted([*networks, "kneser-ney"])
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
    assert shares["batchnorm"] < 0.02


def test_counting_beats_short_runs_of_the_networks(names: Path) -> None:
    """``compare`` ends with ``kneser-ney``, which takes no steps and has the lowest val loss."""
    result = compare("--data", names, "--steps", "300", "--recipes", "batchnorm,kneser-ney")
    assert result.exit_code == 0, result.output
    rows = [line.split() for line in result.stdout.splitlines() if line.split()]
    batchnorm, counted = rows[-2:]
    assert (batchnorm[0], counted[0]) == ("batchnorm", "kneser-ney")
    assert float(counted[2]) < float(batchnorm[6])


def test_recipes_are_trained_in_the_order_of_the_option(names: Path) -> None:
    """``--recipes`` chooses the recipes and their order."""
    result = compare("--data", names, "--steps", "1", "--recipes", "kaiming,baseline")
    assert result.exit_code == 0, result.output
    firsts = [line.split()[0] for line in result.stdout.splitlines() if line.split()]
    assert firsts[-2:] == ["kaiming", "baseline"]


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
        (("--steps", "0"), 2, "0 is not in the range x>=1"),
        (("--steps", "2000000000"), 2, "steps: 2000000000 is not in 1 to 1,000,000,000"),
        (("--data", ""), 2, "the name of the file is empty"),
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
    recipes = [RECIPES[name] for name in LESSON]
    names = [[recipe.name for recipe in group] for group in groups(recipes, "cuda")]
    assert names == [
        ["baseline", "softmax", "saturation", "kaiming"],
        ["batchnorm"],
        ["kneser-ney"],
    ]
    assert groups(recipes, "cpu") == [[recipe] for recipe in recipes]


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
