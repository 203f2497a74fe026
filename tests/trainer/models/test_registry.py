"""Tests of the registry of recipes."""

import pytest

from namesmith_trainer.models import LECTURE_LOSSES, RECIPES, register
from namesmith_trainer.models.mlp import BATCHNORM


def test_every_recipe_is_registered_under_its_name() -> None:
    """The package imports every family; every recipe with lecture losses is registered."""
    assert all(recipe.name == name for name, recipe in RECIPES.items())
    assert {"baseline", "batchnorm", "wavenet"} <= set(RECIPES)
    assert set(LECTURE_LOSSES) <= set(RECIPES)


def test_a_name_is_registered_once() -> None:
    """A second recipe of the same name is refused."""
    with pytest.raises(ValueError, match="recipe 'batchnorm' is registered already"):
        register(BATCHNORM)
