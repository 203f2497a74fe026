"""The recipe of a run: the one that was asked for, fitted to the size of the list of names."""

from collections.abc import Mapping
from dataclasses import asdict

from namesmith_trainer.data import Names
from namesmith_trainer.models import FULL, RECIPES, Recipe, override, with_teachers

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


def asked(name: str, settings: Settings, teachers: tuple[str, ...]) -> Recipe:
    """Return the recipe that was asked for, for a list of the lecture's size.

    ``AUTO`` is ``SMALL`` where its teachers are given, and else ``LARGE``.

    Raises:
        RecipeError: the recipe lacks a given setting, or cannot have the given value.
    """
    if name == AUTO:
        name = SMALL if teachers else LARGE
    return with_teachers(override(RECIPES[name], **settings), teachers)


def fitted(name: str, settings: Settings, teachers: tuple[str, ...], names: Names) -> Recipe:
    """Return the recipe for a list of names; settings that were given stay as they are.

    ``AUTO`` is ``SMALL`` for a small list, unless a setting was given that this recipe lacks.

    Raises:
        RecipeError: the recipe lacks a given setting, or cannot have the given value.
    """
    if name == AUTO:
        given = {key for key, value in settings.items() if value is not None}
        if names.symbols < FULL and given <= set(RECIPES[SMALL].SETTINGS):
            name, teachers = SMALL, teachers or (LARGE,)
        elif not teachers:
            name = LARGE
        else:
            name = SMALL
    recipe = override(RECIPES[name].for_data(names.symbols), **settings)
    return with_teachers(recipe, teachers)


def told(recipe: Recipe, names: Names, settings: Settings) -> str | None:
    """Return the line that says how a recipe was fitted to a small list; None where it was not."""
    whole, now = asdict(RECIPES[recipe.name]), asdict(recipe)
    changed = [
        f"{key} {now[key]:,.4g}" if isinstance(now[key], float) else f"{key} {_plain(now[key])}"
        for key in now
        if now[key] != whole[key] and settings.get(key) is None
    ]
    if not changed or names.symbols >= FULL:
        return None
    return (
        f"a small list, {names.symbols:,} symbols of {FULL:,}: recipe {recipe.name} with"
        f" {', '.join(changed)}"
    )


def _plain(value: object) -> str:
    """Return a setting as text for people."""
    if isinstance(value, tuple):
        return " and ".join(map(str, value))
    return f"{value:,}" if isinstance(value, int) and not isinstance(value, bool) else str(value)
