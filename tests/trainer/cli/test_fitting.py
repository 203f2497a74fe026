"""Tests of the recipe that is chosen for a list of names, and fitted to it."""

from dataclasses import replace

import pytest

from namesmith_trainer.cli.fitting import fitted, told
from namesmith_trainer.data import Names
from namesmith_trainer.models import RECIPES, DistilledRecipe, NetworkRecipe, RecipeError

LARGE = Names.read("us-names")
"""The built-in list, for which the recipes are made."""

SMALL = replace(LARGE, names=LARGE.names[:1_000])
"""A small list."""


def test_a_list_of_the_lectures_size_has_the_notebooks_recipe_untouched() -> None:
    """The default is ``batchnorm`` with its 200,000 steps, and nothing is told."""
    recipe = fitted(None, {}, (), LARGE)
    assert recipe is not None
    assert recipe == RECIPES["batchnorm"]
    assert told(recipe, LARGE, {}) is None


def test_a_small_list_is_distilled_from_the_notebooks_recipe_and_counts() -> None:
    """The default for a small list is a chain of few states, and one line says so."""
    recipe = fitted(None, {"states": 5_000, "steps": None}, (), SMALL)
    assert isinstance(recipe, DistilledRecipe)
    assert (recipe.teachers, recipe.states) == (("batchnorm",), 5_000)
    line = told(recipe, SMALL, {"states": 5_000})
    assert line == (
        f"a small list, {SMALL.symbols:,} symbols of 200,000: recipe distilled with teachers"
        f" batchnorm, sampled_names {SMALL.symbols * 10:,}"
    )


def test_a_setting_of_a_network_chooses_the_network() -> None:
    """With a setting that a chain lacks the default is ``batchnorm``; the setting stays."""
    recipe = fitted(None, {"steps": 50, "weight_decay": 0.0}, (), SMALL)
    assert isinstance(recipe, NetworkRecipe)
    assert (recipe.name, recipe.steps, recipe.keep_best) == ("batchnorm", 50, True)
    line = told(recipe, SMALL, {"steps": 50, "weight_decay": 0.0})
    assert line is not None
    assert line.endswith("recipe batchnorm with keep_best True, momentum 0.01")
    line = told(recipe, SMALL, {"steps": 50, "weight_decay": 0.0}, is_auto=True)
    assert line is not None
    reason = "recipe batchnorm because of --steps, --weight-decay, else distilled; with keep_best"
    assert reason in line


def test_a_setting_that_the_teacher_has_anyway_chooses_nothing() -> None:
    """``--keep-best`` and nothing at all make the same model of a small list."""
    assert fitted(None, {"keep_best": True}, (), SMALL) == fitted(None, {}, (), SMALL)
    recipe = fitted(None, {"keep_best": False}, (), SMALL)
    assert isinstance(recipe, NetworkRecipe)


def test_a_network_that_patience_ends_is_the_best_one() -> None:
    """Patience without the best network is refused, also where a small list would turn it on."""
    for names in (LARGE, SMALL):
        with pytest.raises(RecipeError, match="--no-keep-best and --patience 4 exclude each other"):
            fitted(None, {"keep_best": False, "patience": 4}, (), names)
        assert fitted(None, {"keep_best": False, "patience": 0}, (), names)


def test_teachers_choose_the_chain() -> None:
    """With ``--teacher`` the default is ``distilled``, also for a large list."""
    recipe = fitted(None, {}, ("kaiming",), LARGE)
    assert isinstance(recipe, DistilledRecipe)
    assert recipe.teachers == ("kaiming",)
    with pytest.raises(RecipeError, match="steps: the recipe distilled has no such setting"):
        fitted(None, {"steps": 5}, ("kaiming",), SMALL)
