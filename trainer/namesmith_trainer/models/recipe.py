"""``Recipe``: a named training configuration, which builds its network and its optimiser."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, NamedTuple

from namesmith_trainer.models.base import Network
from namesmith_trainer.optim import Optimizer


class RecipeError(ValueError):
    """Raised for a setting that a recipe cannot have; the message names setting and fault."""


class Setting(NamedTuple):
    """A setting of a recipe that the command line may override.

    Attributes:
        least: least value that is allowed; an int where the setting is an int.
        most: greatest value that is allowed.
        help: help text of the option; empty for the text "instead of the recipe's".
    """

    least: float
    most: float
    help: str = ""


@dataclass(frozen=True)
class Recipe(ABC):
    """The settings of every recipe; each family derives a class with more settings.

    Attributes:
        SETTINGS: every setting that may be overridden, by field name.
        name: name of the recipe on the command line.
        block_size: L, number of symbols of a context.
        embedding: width of the symbol embedding.
        hidden: width of a hidden layer.
        batch_size: number of contexts of a minibatch.
        steps: number of steps of gradient descent.
        learning_rate: highest learning rate of the run.
        init_seed: seed of the initial weights.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        "block_size": Setting(1, 64),
        "embedding": Setting(1, 4_096),
        "hidden": Setting(1, 65_536),
        "batch_size": Setting(2, 1 << 20),  # a batch of one has no standard deviation
        "steps": Setting(1, 10**9),
        "learning_rate": Setting(0.0, 1_000.0),
    }

    name: str
    block_size: int = 3
    embedding: int = 10
    hidden: int = 200
    batch_size: int = 32
    steps: int = 200_000
    learning_rate: float = 0.1
    init_seed: int = 2147483647

    @abstractmethod
    def network(self, vocab_size: int) -> Network:
        """Build the network; its initial weights are equal at every call."""

    @abstractmethod
    def optimizer(self, network: Network) -> Optimizer:
        """Build the optimiser of a network of this recipe; the network is on its device already."""

    @abstractmethod
    def rate_at(self, step: int) -> float:
        """Return the learning rate of a step, counted from 0."""


def override(recipe: Recipe, **settings: float | None) -> Recipe:
    """Return the recipe with the given settings; None keeps the recipe's own value of a setting.

    Raises:
        RecipeError: the recipe lacks a given setting, or cannot have the given value.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    for name, value in given.items():
        if name not in recipe.SETTINGS:
            raise RecipeError(f"{name}: the recipe {recipe.name} has no such setting")
        least, most, _ = recipe.SETTINGS[name]
        if not least <= value <= most:
            raise RecipeError(f"{name}: {value} is not in {least:,} to {most:,}")
    return replace(recipe, **given)  # type: ignore[arg-type]
