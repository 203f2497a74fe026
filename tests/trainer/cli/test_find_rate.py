"""Tests of ``find-rate``, run as a person runs it."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from namesmith_trainer.cli import main


def find_rate(*arguments: str | Path) -> Result:
    """Run the command and return its output."""
    return CliRunner().invoke(main, ["find-rate", *map(str, arguments)])


def test_the_suggestion_is_near_the_notebooks_rate(names: Path, tmp_path: Path) -> None:
    """For the notebook's network it is between 0.05 and 0.3; the page shows it, JSON the numbers.

    The notebook trains at 0.1.
    """
    page = tmp_path / "rates.html"
    result = find_rate("--data", names, "--recipe", "kaiming", "--report", page)
    assert result.exit_code == 0, result.output
    found = json.loads(page.with_suffix(".json").read_bytes())
    assert f"suggested: --learning-rate {found['suggestion']:g}" in result.stdout
    assert 0.05 <= found["suggestion"] <= 0.3
    assert found["has_valley"]
    assert found["rates"] == sorted(found["rates"])
    assert len(found["rates"]) == len(found["losses"]) == 1_000
    assert found["rates"][0] == pytest.approx(0.001)
    assert found["rates"][-1] == pytest.approx(1)
    html = page.read_text("utf-8")
    assert f"chosen: {found['suggestion']:g}" in html
    assert "Recipe <b>kaiming</b>" in html


def test_a_sweep_ends_where_it_diverges(names: Path) -> None:
    """Two equal contexts make a batch without deviation; the losses before it are the sweep."""
    options = ("--batch-size", "2", "--hidden", "8", "--steps", "200", "--seed", "2")
    result = find_rate("--data", names, *options, "--json")
    assert result.exit_code == 0, result.output
    found = json.loads(result.stdout)
    assert 20 <= len(found["losses"]) == len(found["rates"]) < 200


def test_a_valley_beyond_the_sweep_is_told(names: Path) -> None:
    """Where the loss still falls at the highest rate, that is to be raised; none is suggested."""
    low = ("--lowest", "1e-5", "--highest", "1e-3", "--recipe", "baseline", "--steps", "300")
    result = find_rate("--data", names, *low)
    assert result.exit_code == 0, result.output
    assert "no rate is suggested, try a higher --highest than 0.001" in result.stdout
    assert "--learning-rate" not in result.stdout


@pytest.mark.parametrize(
    ("options", "message"),
    [
        (("--recipe", "kneser-ney"), "recipe: kneser-ney has no learning rate"),
        (("--lowest", "1"), "lowest: 1 is not below highest, 1"),
        (("--lowest", "0"), "0.0 is not in the range"),
        (("--learning-rate", "1"), "learning_rate: the rates of a sweep are from --lowest"),
        (("--steps", "19"), "steps: a sweep has at least 20"),
        (("--report", "x.json"), "'x.json' does not end in .html"),
    ],
)
def test_wrong_options_are_refused(options: tuple[str, ...], message: str) -> None:
    """The message names the option and the bound."""
    result = find_rate(*options)
    assert result.exit_code == 2
    assert message in result.output
