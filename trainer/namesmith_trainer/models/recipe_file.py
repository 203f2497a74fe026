"""Recipes of a user's own, from a TOML file: each table is a recipe, by its name.

    [wide]
    recipe = "batchnorm"    # the recipe that is changed: a built-in one, or one of a table above
    hidden = 400

    [wider]
    recipe = "wide"
    hidden = 800

The other keys of a table are the settings that its recipe has on the command line.
"""

import tomllib
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

from namesmith.manifest import MODEL_NAME
from namesmith_trainer.models.distilled import DistilledRecipe, with_teachers
from namesmith_trainer.models.recipe import Recipe, RecipeError, override
from namesmith_trainer.models.registry import RECIPES

SUFFIX = ".toml"
"""End of the name of a file of recipes."""

BASE = "recipe"
"""Key of a table that names the recipe which the table changes."""

TEACHERS = "teachers"
"""Key of a table with the teachers of a distilled recipe."""

MOST_BITS = 256
"""Largest number of bits of a whole number that a message shows; Python writes no huge one."""


def find_recipes(text: str) -> list[Recipe]:
    """Return the recipes that a text names.

    Args:
        text: name of a built-in recipe, FILE.toml#NAME for one recipe of a file, or FILE.toml for
            all recipes of a file.

    Raises:
        RecipeError: there is no such recipe, or the file cannot be read; the message says where
            and why.
    """
    if text in RECIPES:
        return [RECIPES[text]]
    file, mark, name = text.rpartition("#") if "#" in text else (text, "", "")
    if not file.endswith(SUFFIX):
        raise RecipeError(f"{text!r} is not one of {', '.join(RECIPES)}, nor FILE{SUFFIX}#NAME")
    recipes = read_recipes(Path(file))
    if not mark:
        return list(recipes.values())
    if name not in recipes:
        raise RecipeError(f"{file}: {name!r} is not one of {', '.join(recipes)}")
    return [recipes[name]]


def read_recipes(file: Path) -> dict[str, Recipe]:
    """Read the recipes of a file, by their names in the order of the file.

    Raises:
        RecipeError: the file cannot be read, is no TOML, or has no table; or a table has a name
            that no recipe may have, an unknown key, or a value that its setting cannot have.
    """
    try:
        tables = tomllib.loads(file.read_text(encoding="utf-8"))
    except OSError as error:
        raise RecipeError(f"{file}: {error.strerror}") from error
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RecipeError(f"{file}: is no TOML: {error}") from error
    except (RecursionError, ValueError) as error:  # of Python's own limits
        raise RecipeError(f"{file}: is nested too deeply, or has too long a number") from error
    if not tables:
        raise RecipeError(f"{file}: holds no recipe")
    recipes: dict[str, Recipe] = {}
    for name, table in tables.items():
        try:
            recipes[name] = _recipe(name, table, {**RECIPES, **recipes})
        except RecipeError as error:
            raise RecipeError(f"{file}: [{name}]: {error}") from error
    return recipes


def _recipe(name: str, table: object, known: Mapping[str, Recipe]) -> Recipe:
    """Return the recipe of a table; ``known`` holds the recipes that it may change."""
    if not MODEL_NAME.fullmatch(name):
        raise RecipeError("a recipe's name is of a-z, 0-9, '.', '_' and '-', a letter first")
    if name in RECIPES:
        raise RecipeError("is the name of a built-in recipe")
    if not isinstance(table, dict):
        raise RecipeError("is no table")
    settings = dict(table)
    base = settings.pop(BASE, None)
    if not isinstance(base, str) or base not in known:
        raise RecipeError(f"{BASE}: {base!r} is not one of {', '.join(known)}")
    recipe = replace(known[base], name=name)
    if isinstance(recipe, DistilledRecipe) and TEACHERS in settings:
        recipe = _taught(recipe, settings.pop(TEACHERS))
    return override(recipe, **{key: _number(recipe, key, it) for key, it in settings.items()})


def _taught(recipe: DistilledRecipe, teachers: object) -> Recipe:
    """Return a distilled recipe with the teachers of its table."""
    if not isinstance(teachers, list) or not all(isinstance(one, str) for one in teachers):
        raise RecipeError(f"{TEACHERS}: {teachers!r} is no list of texts")
    if not teachers:
        raise RecipeError(f"{TEACHERS}: [] names no teacher")
    return with_teachers(recipe, tuple(teachers))


def _number(recipe: Recipe, setting: str, value: object) -> float:
    """Return the value of a setting, which must be of the setting's type."""
    if setting not in recipe.SETTINGS:
        has = ", ".join(recipe.SETTINGS)
        raise RecipeError(f"{setting}: there is no such setting; there are {has}")
    least = recipe.SETTINGS[setting].least
    if isinstance(least, bool):
        if not isinstance(value, bool):
            raise RecipeError(f"{setting}: {value!r} is neither true nor false")
        return value
    if isinstance(value, int) and value.bit_length() > MOST_BITS:
        raise RecipeError(f"{setting}: has more than {MOST_BITS} bits")
    whole = isinstance(least, int)
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise RecipeError(f"{setting}: {value!r} is no {'whole ' if whole else ''}number")
    return value
