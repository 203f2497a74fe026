"""``Entry``: a run that is compared with others, a row of the table."""

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product

from namesmith_trainer.cli.options import MAX_SEED
from namesmith_trainer.cli.variation import SEED, Variation
from namesmith_trainer.models import NetworkRecipe, Recipe, RecipeError, override

MOST_ENTRIES = 100
"""Largest number of runs that are compared."""


@dataclass(frozen=True)
class Entry:
    """A run that is compared.

    Attributes:
        recipe: recipe of the run. Its name is the row's label: the name of the recipe that was
            given, and the values of the settings that are varied.
        seed: seed of the minibatches.
    """

    recipe: Recipe
    seed: int


def with_settings(recipes: Sequence[Recipe], settings: Mapping[str, float | None]) -> list[Recipe]:
    """Return the recipes with the given settings; each takes those that it has.

    Raises:
        RecipeError: no recipe has a given setting, or a recipe cannot have the value.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    for name in given:
        _check_known(recipes, name)
    return [
        _override(each, {name: value for name, value in given.items() if name in each.SETTINGS})
        for each in recipes
    ]


def vary(recipes: Sequence[Recipe], seed: int, variations: Sequence[Variation]) -> list[Entry]:
    """Return an entry for each recipe and each combination of the values of its variations.

    Raises:
        RecipeError: no recipe has a varied setting, a recipe cannot have a value, or there are
            more than ``MOST_ENTRIES`` entries.
    """
    for each in variations:
        if each.setting != SEED:
            _check_known(recipes, each.setting)
    entries: list[Entry] = []
    for recipe in recipes:
        has = {*recipe.SETTINGS, *([SEED] if recipe.SEEDED else [])}
        own = [each for each in variations if each.setting in has]
        for values in product(*(each.values for each in own)):
            settings = dict(zip([each.setting for each in own], values, strict=True))
            entries.append(_entry(recipe, seed, settings))
            if len(entries) > MOST_ENTRIES:
                raise RecipeError(f"more than {MOST_ENTRIES} runs; fewer values are compared")
    return entries


def groups(entries: Sequence[Entry], device: str) -> list[list[Entry]]:
    """Return the entries by shape and seed where runs share a GPU, else one by one."""
    groups: dict[Hashable, list[Entry]] = {}
    for entry in entries:
        recipe = entry.recipe
        shape = recipe.shape() if isinstance(recipe, NetworkRecipe) and device == "cuda" else None
        groups.setdefault((shape, entry.seed) if shape else recipe.name, []).append(entry)
    return list(groups.values())


def _entry(recipe: Recipe, seed: int, settings: dict[str, float]) -> Entry:
    """Return the entry of a recipe with the values of its variations."""
    label = " ".join([recipe.name, *(f"{name}={value}" for name, value in settings.items())])
    chosen = int(settings.pop(SEED, seed))
    if not 0 <= chosen <= MAX_SEED:
        raise RecipeError(f"{SEED}: {chosen} is not in 0 to {MAX_SEED:,}")
    return Entry(replace(_override(recipe, settings), name=label), chosen)


def _override(recipe: Recipe, settings: Mapping[str, float]) -> Recipe:
    """Return the recipe with the settings; an error names the recipe."""
    try:
        return override(recipe, **settings)
    except RecipeError as error:
        raise RecipeError(f"{recipe.name}: {error}") from error


def _check_known(recipes: Sequence[Recipe], setting: str) -> None:
    """Raise ``RecipeError`` where no recipe has the setting."""
    if not any(setting in recipe.SETTINGS for recipe in recipes):
        names = ", ".join(recipe.name for recipe in recipes)
        raise RecipeError(f"{setting}: none of {names} has such a setting")
