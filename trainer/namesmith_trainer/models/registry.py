"""The registry of recipes: each family's module registers recipes; no list names the modules."""

from typing import NamedTuple, TypeVar

from namesmith_trainer.models.recipe import Recipe

R = TypeVar("R", bound=Recipe)


class LectureLosses(NamedTuple):
    """Losses on makemore's names.txt that a lecture reports for a recipe.

    Attributes:
        train: loss of the train split in nats; None where the lecture reports no train loss.
        val: loss of the val split in nats.
    """

    train: float | None
    val: float


RECIPES: dict[str, Recipe] = {}
"""Registered recipes by name, in the order of their registration."""

LECTURE_LOSSES: dict[str, LectureLosses] = {}
"""Losses that the lectures report (makemore, parts 3 and 5), by name of the recipe."""


def register(recipe: R, lecture: LectureLosses | None = None) -> R:
    """Make a recipe known to the command line, and return the recipe.

    Args:
        recipe: recipe whose name is not registered yet.
        lecture: losses that a lecture reports for the recipe; None where no lecture reports
            losses.

    Raises:
        ValueError: a recipe of the same name is registered already.
    """
    if recipe.name in RECIPES:
        raise ValueError(f"recipe {recipe.name!r} is registered already")
    RECIPES[recipe.name] = recipe
    if lecture:
        LECTURE_LOSSES[recipe.name] = lecture
    return recipe


def family_of(name: str) -> list[str]:
    """List the names of all recipes in the named recipe's family, in the order of registration."""
    family = type(RECIPES[name])
    return [other for other, recipe in RECIPES.items() if type(recipe) is family]
