"""``Recipe``: a named training configuration, and the settings that may be overridden."""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from typing import ClassVar, NamedTuple, Self

FULL = 200_000
"""Number of symbols of a list for which the recipes are made; names.txt has 211,328."""


class RecipeError(ValueError):
    """Raised for a setting that a recipe cannot have; the message names setting and fault."""


class Setting(NamedTuple):
    """A setting of a recipe that the command line may override.

    Attributes:
        least: least value that is allowed; an int where the setting is an int, False where it is a
            flag.
        most: greatest value that is allowed.
        help: help text of the option; empty for the text "instead of the recipe's".
    """

    least: float
    most: float
    help: str = ""


@dataclass(frozen=True)
class Recipe:
    """The settings of every recipe; each family derives a class with more settings.

    The class of a recipe decides how the recipe is trained: ``training.trains`` names the function.

    Attributes:
        SETTINGS: every setting that may be overridden, by field name.
        RESUMABLE: True if a run can be kept in a checkpoint and continued from it.
        SEEDED: True if the run depends on the seed of the minibatches.
        name: name of the recipe on the command line.
        block_size: L, number of symbols of a context.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {"block_size": Setting(1, 64)}
    RESUMABLE: ClassVar[bool] = False
    SEEDED: ClassVar[bool] = True

    name: str
    block_size: int = 3

    def for_data(self, symbols: int) -> Self:  # noqa: ARG002 - of the families that have steps
        """Return the recipe with the settings that fit a list of names; itself from ``FULL`` on.

        Args:
            symbols: number of characters and ends of the list's distinct names.
        """
        return self

    def check(self, given: Mapping[str, float]) -> None:
        """Raise ``RecipeError`` where settings that were given contradict the recipe's.

        Args:
            given: settings that were given, by field name; the recipe has their values.
        """

    def described(self) -> dict[str, object]:
        """Return the name and the settings, by field, for a manifest."""
        return asdict(self)


def override(recipe: Recipe, **settings: float | None) -> Recipe:
    """Return the recipe with the given settings; None keeps the recipe's own value of a setting.

    Raises:
        RecipeError: the recipe lacks a given setting, cannot have the given value, or has another
            setting that contradicts it.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    for name, value in given.items():
        if name not in recipe.SETTINGS:
            raise RecipeError(f"{name}: the recipe {recipe.name} has no such setting")
        least, most, _ = recipe.SETTINGS[name]
        if not least <= value <= most:
            raise RecipeError(f"{name}: {value} is not in {least:,} to {most:,}")
    changed = replace(recipe, **given)  # type: ignore[arg-type]
    changed.check(given)
    return changed
