"""Networks and their recipes, by families: every module of this folder that registers recipes.

A family is one module: a ``Recipe`` with the family's settings, and the recipes that the module
registers. A ``NetworkRecipe`` builds the family's ``Network`` and chooses its optimiser; other
recipes have no network. Importing this package imports every module of the folder, so that no list
names the families.
"""

from importlib import import_module
from pkgutil import iter_modules

from namesmith_trainer.models.base import Activations, Network
from namesmith_trainer.models.bigram import BigramRecipe
from namesmith_trainer.models.distilled import DistilledRecipe, with_teachers
from namesmith_trainer.models.kneser_ney import KneserNeyRecipe
from namesmith_trainer.models.network_recipe import NetworkRecipe
from namesmith_trainer.models.recipe import FULL, Recipe, RecipeError, Setting, override
from namesmith_trainer.models.recipe_file import find_recipes
from namesmith_trainer.models.registry import (
    LECTURE_LOSSES,
    RECIPES,
    LectureLosses,
    family_of,
    register,
)

for _module in iter_modules(__path__, f"{__name__}."):
    import_module(_module.name)

__all__ = [
    "FULL",
    "LECTURE_LOSSES",
    "RECIPES",
    "Activations",
    "BigramRecipe",
    "DistilledRecipe",
    "KneserNeyRecipe",
    "LectureLosses",
    "Network",
    "NetworkRecipe",
    "Recipe",
    "RecipeError",
    "Setting",
    "family_of",
    "find_recipes",
    "override",
    "register",
    "with_teachers",
]
