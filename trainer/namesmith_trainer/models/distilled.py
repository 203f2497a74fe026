"""The family of distilled chains: networks and counts teach a variable-order chain.

``distillation`` trains the teachers and distils the chain.
"""

from collections.abc import Mapping
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import ClassVar, Self

from namesmith_trainer.models.network_recipe import NetworkRecipe
from namesmith_trainer.models.recipe import FULL, Recipe, RecipeError, Setting
from namesmith_trainer.models.registry import RECIPES, register

SAMPLED = 10
"""Number of names that are sampled for each symbol of a small list."""


@dataclass(frozen=True)
class DistilledRecipe(Recipe):
    """A recipe that distils teachers into a chain.

    Attributes:
        block_size: number of symbols of the longest context of a state.
        teachers: networks that teach: names of recipes, which are trained first, and folders of
            bundles that were published before.
        ensemble: number of networks of each recipe that is trained: seeds that follow one another,
            averaged to one teacher.
        counts: order of the counted teacher (Kneser-Ney), which joins the networks.
        states: largest number of states.
        size: largest size of the model's files together, in MB (10^6 bytes), which may leave fewer
            states; 0 for no limit but ``states``.
        sampled_names: number of names that are sampled from the teachers.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        "block_size": Setting(2, 16),
        "ensemble": Setting(1, 64, "seeds of each teacher's recipe, averaged to one teacher"),
        "counts": Setting(3, 8, "order of the counted teacher, Kneser-Ney"),
        "states": Setting(1, 1 << 22, "largest number of states"),
        "size": Setting(0.0, 10_000.0, "largest size of the model's files, in MB; 0: no limit"),
        "sampled_names": Setting(0, 10**8, "names that are sampled from the teachers"),
    }
    RESUMABLE: ClassVar[bool] = True

    block_size: int = 6
    teachers: tuple[str, ...] = ("wavenet",)
    ensemble: int = 2
    counts: int = 6
    states: int = 65_536
    size: float = 0.0
    sampled_names: int = 1_000_000

    def for_data(self, symbols: int) -> Self:
        """Implement ``Recipe.for_data``: fewer sampled names, and a state for each symbol at most.

        Twice the states take twice the memory, and gain 0.0015 nats on 1,025 names. The teachers
        that are trained fit the list too.
        """
        if symbols >= FULL:
            return self
        sampled = min(self.sampled_names, SAMPLED * symbols)
        return replace(self, sampled_names=sampled, states=min(self.states, symbols))

    @property
    def networks(self) -> list[NetworkRecipe]:
        """Recipes of the teachers that are trained first.

        Raises:
            RecipeError: a recipe has no network.
        """
        recipes = []
        for recipe in (RECIPES[name] for name in self.teachers if name in RECIPES):
            if not isinstance(recipe, NetworkRecipe):
                raise RecipeError(f"teacher: the recipe {recipe.name} is no network")
            recipes.append(recipe)
        return recipes

    @property
    def folders(self) -> list[Path]:
        """Folders of the teachers that were published before."""
        return [Path(name) for name in self.teachers if name not in RECIPES]

    def described(self) -> dict[str, object]:
        """Return the settings for a manifest; of a teacher's folder its last two names alone."""
        teachers = ["/".join(Path(one).parts[-2:]) for one in self.teachers]
        return {**asdict(self), "teachers": teachers}


def with_teachers(recipe: Recipe, teachers: tuple[str, ...]) -> Recipe:
    """Return the recipe with other teachers, or the recipe itself where none is given.

    Raises:
        RecipeError: the recipe has no teachers, or a teacher is neither the recipe of a network nor
            a folder, or is given twice.
    """
    if not teachers:
        return recipe
    if not isinstance(recipe, DistilledRecipe):
        raise RecipeError(f"teacher: the recipe {recipe.name} has no such setting")
    given = replace(recipe, teachers=teachers)
    for teacher in teachers:
        if [_place(one) for one in teachers].count(_place(teacher)) > 1:
            raise RecipeError(f"teacher: {teacher!r} is given twice")
        if teacher not in RECIPES and not Path(teacher).is_dir():
            raise RecipeError(
                f"teacher: {teacher!r} is neither a built-in recipe nor a folder of a bundle"
            )
    _ = given.networks  # raises for a recipe without a network
    return given


def _place(teacher: str) -> str | Path:
    """Return a recipe's name as it is, and a folder however it was spelt as one path."""
    return teacher if teacher in RECIPES else Path(teacher).resolve()


DISTILLED = register(DistilledRecipe("distilled"))
