"""The recipe of a run: the one that was asked for, fitted to the size of the list of names."""

from collections.abc import Mapping
from dataclasses import asdict, replace

from namesmith_trainer.data import Names
from namesmith_trainer.distillation import largest_chain
from namesmith_trainer.models import FULL, RECIPES, DistilledRecipe, Recipe, override, with_teachers

AUTO = "auto"
"""Name by which ``--recipe`` leaves the choice of the recipe to the size of the list."""

LARGE = "batchnorm"
"""Name of the recipe of lists of the lecture's size: the notebook's last one.

It teaches the chain of smaller lists, on which counting beats it and both together beat counting.
"""

SMALL = "distilled"
"""Name of the recipe of smaller lists."""

Settings = Mapping[str, float | None]
"""Settings that the caller gave, by name; None for settings that were not given."""


def asked(recipe: Recipe | None, settings: Settings, teachers: tuple[str, ...]) -> Recipe:
    """Return the recipe that was asked for, for a list of the lecture's size.

    None, for ``AUTO``, is ``SMALL`` where its teachers are given, and else ``LARGE``.

    Raises:
        RecipeError: the recipe lacks a given setting, or cannot have the given value.
    """
    recipe = recipe or RECIPES[SMALL if teachers else LARGE]
    return with_teachers(override(recipe, **settings), teachers)


def fitted(
    recipe: Recipe | None, settings: Settings, teachers: tuple[str, ...], names: Names
) -> Recipe:
    """Return the recipe for a list of names; settings that were given stay as they are.

    None, for ``AUTO``, is ``SMALL`` for a small list, unless a setting chooses a network.

    Raises:
        RecipeError: the recipe lacks a given setting, or cannot have the given value.
    """
    if recipe is None:
        if not teachers and names.symbols < FULL and not network_settings(settings, names):
            teachers = (LARGE,)
            settings = {key: settings[key] for key in settings if key in RECIPES[SMALL].SETTINGS}
        recipe = RECIPES[SMALL if teachers else LARGE]
    return with_teachers(override(fit(recipe, names), **settings), teachers)


def network_settings(settings: Settings, names: Names) -> list[str]:
    """Return the given settings by which a small list has a network alone, no chain.

    ``SMALL`` lacks them, and its teacher does not have these values anyway: ``--keep-best`` chooses
    nothing, because the teachers of small lists are kept as they are best.
    """
    teacher = asdict(fit(RECIPES[LARGE], names))
    return [
        name
        for name, value in settings.items()
        if value is not None
        and name not in RECIPES[SMALL].SETTINGS
        and (name not in teacher or teacher[name] != value)
    ]


def fit(recipe: Recipe, names: Names) -> Recipe:
    """Return a recipe for a list of names; a recipe of a user's own stays as it is.

    The chain of a small list has no more states than one in a network's place: with many symbols,
    larger ones make a server refuse constraints.
    """
    if recipe is not RECIPES.get(recipe.name):
        return recipe
    fitted = recipe.for_data(names.symbols)
    if isinstance(fitted, DistilledRecipe) and names.symbols < FULL:
        most = largest_chain(len(names.vocabulary()))
        return replace(fitted, states=min(fitted.states, most))
    return fitted


def told(recipe: Recipe, names: Names, settings: Settings, *, is_auto: bool = False) -> str | None:
    """Return the line that says how a recipe was fitted to a small list; None where it was not.

    Args:
        recipe: recipe of the run.
        names: names to train on.
        settings: settings that were given.
        is_auto: whether the recipe was chosen for the list, so that a setting may have chosen it.
    """
    built_in = RECIPES.get(recipe.name)
    if built_in is None or names.symbols >= FULL:
        return None
    whole, now = asdict(built_in), asdict(recipe)
    changed = [
        f"{key} {now[key]:,.4g}" if isinstance(now[key], float) else f"{key} {_plain(now[key])}"
        for key in now
        if now[key] != whole[key] and settings.get(key) is None
    ]
    deciding = network_settings(settings, names) if is_auto and recipe.name == LARGE else []
    if not (changed or deciding):
        return None
    line = f"a small list, {names.symbols:,} symbols of {FULL:,}: recipe {recipe.name}"
    if deciding:
        options = ", ".join(f"--{name.replace('_', '-')}" for name in deciding)
        line += f" because of {options}, else {SMALL};"
    return f"{line} with {', '.join(changed)}" if changed else line.removesuffix(";")


def _plain(value: object) -> str:
    """Return a setting as text for people."""
    if isinstance(value, tuple):
        return " and ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
