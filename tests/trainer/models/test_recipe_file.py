"""Tests of recipes from a TOML file."""

from dataclasses import replace
from pathlib import Path

import pytest

from namesmith_trainer.models import RECIPES, RecipeError, find_recipes

OWN = """
[wide]
recipe = "batchnorm"
hidden = 400
learning_rate = 1

[wider]
recipe = "wide"
hidden = 800

[taught]
recipe = "distilled"
teachers = ["batchnorm"]

[best]
recipe = "wide"
keep_best = true

[last]
recipe = "best"
keep_best = false
"""


def write(folder: Path, text: str) -> str:
    """Write a file of recipes, and return its path."""
    path = folder / "own.toml"
    path.write_text(text, encoding="utf-8")
    return str(path)


def test_a_table_changes_the_settings_of_its_recipe(tmp_path: Path) -> None:
    """A recipe has its table's name and settings, and all others of the recipe that it changes."""
    file = write(tmp_path, OWN)
    wide, wider, taught, best, last = find_recipes(file)
    changes = {"name": "wide", "hidden": 400, "learning_rate": 1}
    assert wide == replace(RECIPES["batchnorm"], **changes)
    assert [wider] == find_recipes(f"{file}#wider") == [replace(wide, name="wider", hidden=800)]
    assert taught == replace(RECIPES["distilled"], name="taught", teachers=("batchnorm",))
    assert (best, last) == (
        replace(wide, name="best", keep_best=True),
        replace(wide, name="last"),
    )
    assert find_recipes("kaiming") == [RECIPES["kaiming"]]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "own.toml: holds no recipe"),
        ("[a", "own.toml: is no TOML"),
        ("a = 1", r"\[a\]: is no table"),
        ("[kaiming]\nrecipe='softmax'", r"\[kaiming\]: is the name of a built-in recipe"),
        ("['a b']\nrecipe='softmax'", r"\[a b\]: a recipe's name is of a-z"),
        ("[a]\nhidden=3", r"\[a\]: recipe: None is not one of bigram, distilled"),
        ("[a]\nrecipe='b'\n[b]\nrecipe='kaiming'", r"\[a\]: recipe: 'b' is not one of"),
        ("[a]\nrecipe='kaiming'\nhiden=3", r"\[a\]: hiden: there is no such setting; there are b"),
        ("[a]\nrecipe='kaiming'\nhidden=0", r"\[a\]: hidden: 0 is not in 1 to 65,536"),
        ("[a]\nrecipe='kaiming'\nhidden=3.0", r"\[a\]: hidden: 3.0 is no whole number"),
        ("[a]\nrecipe='kaiming'\nhidden=true", r"\[a\]: hidden: True is no whole number"),
        ("[a]\nrecipe='kaiming'\nkeep_best=1", r"\[a\]: keep_best: 1 is neither true nor false"),
        (
            "[a]\nrecipe='kaiming'\nkeep_best=false\npatience=4",
            r"\[a\]: keep_best: --no-keep-best and --patience 4 exclude each other",
        ),
        (
            "[a]\nrecipe='kaiming'\npatience=4\n[b]\nrecipe='a'\nkeep_best=false",
            r"\[b\]: keep_best: --no-keep-best and --patience 4 exclude each other",
        ),
        ("a=" + 100_000 * "[", "own.toml: is nested too deeply"),
        ("a=" + 5_000 * "9", "own.toml: .* has too long a number"),
        (f"[a]\nrecipe='kaiming'\nhidden=0x{5_000 * 'f'}", r"\[a\]: hidden: has more than 256"),
        ("[a]\nrecipe='distilled'\nteachers=[]", r"\[a\]: teachers: \[\] names no teacher"),
        ("[a]\nrecipe='kaiming'\nlearning_rate='1'", r"\[a\]: learning_rate: '1' is no number"),
        ("[a]\nrecipe='kaiming'\nlearning_rate=nan", r"\[a\]: learning_rate: nan is not in"),
        ("[a]\nrecipe='distilled'\nteachers='b'", r"\[a\]: teachers: 'b' is no list of texts"),
        ("[a]\nrecipe='kaiming'\nteachers=['b']", r"\[a\]: teachers: there is no such setting"),
    ],
)
def test_a_file_with_a_fault_is_refused(tmp_path: Path, text: str, message: str) -> None:
    """The message names the file, the table, the key, and what is allowed."""
    with pytest.raises(RecipeError, match=message):
        find_recipes(write(tmp_path, text))


def test_a_recipe_that_is_nowhere_is_named(tmp_path: Path) -> None:
    """Names, files and names in files that are not there are told apart."""
    with pytest.raises(RecipeError, match=r"'best' is not one of bigram, .*, nor FILE\.toml#NAME"):
        find_recipes("best")
    with pytest.raises(RecipeError, match=r"absent\.toml: No such file"):
        find_recipes("absent.toml#wide")
    with pytest.raises(RecipeError, match="'first' is not one of wide, wider, taught, best, last"):
        find_recipes(f"{write(tmp_path, OWN)}#first")
