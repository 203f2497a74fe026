"""Recipes: named training configurations, as data.

The five of the notebook are its lesson: each changes one thing of the one before.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import NamedTuple


class RecipeError(ValueError):
    """A setting that a recipe cannot have; the message names it, its value and its bounds."""


@dataclass(frozen=True)
class Recipe(ABC):
    """What every recipe says; a family of networks adds its own.

    Attributes:
        name: what the command line calls it.
        block_size: L, symbols of context.
        embedding: width of the symbol embedding.
        hidden: width of the hidden layer.
        batch_size: contexts a step.
        steps: steps of gradient descent.
        learning_rate: at its highest.
        init_seed: of the generator of the initial weights.
    """

    name: str
    block_size: int = 3
    embedding: int = 10
    hidden: int = 200
    batch_size: int = 32
    steps: int = 200_000
    learning_rate: float = 0.1
    init_seed: int = 2147483647

    @abstractmethod
    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0."""


@dataclass(frozen=True)
class MLPRecipe(Recipe):
    """A recipe of the notebook: one hidden layer, plain gradient descent.

    Attributes:
        w1_scale: of the unit-normal W1; None: Kaiming's, 5/3 over the root of the fan-in.
        b1_scale: of the unit-normal b1; None: there is no b1.
        w2_scale: of the unit-normal W2.
        b2_scale: of the unit-normal b2.
        batchnorm: whether the pre-activations are normalised.
        decay_step: the step from which the rate is a tenth; None: half-way.
    """

    w1_scale: float | None = 1.0
    b1_scale: float | None = 1.0
    w2_scale: float = 1.0
    b2_scale: float = 1.0
    batchnorm: bool = False
    decay_step: int | None = None

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0: a tenth of it from ``decay_step`` on.

        The notebook's 0.1, and 0.01 from step 100,000 of 200,000.
        """
        decay = self.steps / 2 if self.decay_step is None else self.decay_step
        return self.learning_rate if step < decay else self.learning_rate / 10


@dataclass(frozen=True)
class WaveNetRecipe(Recipe):
    """A recipe for names better than the notebook's: a deeper network, trained with more care.

    Attributes:
        block_size: L, a power of two; the network has a level for each doubling.
        warmup: share of the steps in which the rate rises from 0; then it falls as a cosine.
        weight_decay: of AdamW, on matrices.
        dropout: share of the hidden units that a step leaves out.
        averaging: share of the old in the exponential average of the weights, a step.
    """

    block_size: int = 8
    embedding: int = 24
    hidden: int = 128
    batch_size: int = 512
    steps: int = 30_000
    learning_rate: float = 0.004
    warmup: float = 0.02
    weight_decay: float = 0.1
    dropout: float = 0.15
    averaging: float = 0.999

    def __post_init__(self) -> None:
        """Checks that there is a level for each doubling.

        Raises:
            RecipeError: there is not.
        """
        if self.block_size < 2 or self.block_size.bit_count() != 1:
            raise RecipeError(f"block_size: {self.block_size} is not a power of two from 2 on")

    def rate_at(self, step: int) -> float:
        """The learning rate of a step, from 0: a linear rise, then half a cosine down to 0."""
        rise = round(self.warmup * self.steps)
        if step < rise:
            return self.learning_rate * (step + 1) / rise
        fall = (step - rise) / (self.steps - rise)
        return self.learning_rate * (1 + math.cos(math.pi * fall)) / 2


BASELINE = MLPRecipe("baseline")
SOFTMAX = replace(BASELINE, name="softmax", w2_scale=0.01, b2_scale=0.0)
SATURATION = replace(SOFTMAX, name="saturation", w1_scale=0.2, b1_scale=0.01)
KAIMING = replace(SATURATION, name="kaiming", w1_scale=None)
BATCHNORM = replace(KAIMING, name="batchnorm", b1_scale=None, batchnorm=True)
WAVENET = WaveNetRecipe("wavenet")

RECIPES: dict[str, Recipe] = {
    recipe.name: recipe for recipe in (BASELINE, SOFTMAX, SATURATION, KAIMING, BATCHNORM, WAVENET)
}


class Published(NamedTuple):
    """Losses on names.txt that the lecture gives; None where it gives none."""

    train: float | None
    val: float


PUBLISHED = {
    "baseline": Published(2.1245, 2.1682),
    "softmax": Published(2.07, 2.13),
    "saturation": Published(2.0356, 2.1027),
    "kaiming": Published(2.0377, 2.1070),
    "batchnorm": Published(2.0668, 2.1048),
    "wavenet": Published(None, 1.993),
}
"""The lecture's figures (makemore, parts 3 and 5), by recipe."""

BOUNDS: dict[str, tuple[float, float]] = {
    "block_size": (1, 64),
    "embedding": (1, 4_096),
    "hidden": (1, 65_536),
    "batch_size": (2, 1 << 20),  # a batch of one has no standard deviation
    "steps": (1, 10**9),
    "learning_rate": (0.0, 1_000.0),
    "decay_step": (0, 10**9),
    "weight_decay": (0.0, 1_000.0),
    "dropout": (0.0, 0.9),
}
"""Least and greatest value of every setting that may be overridden."""


def override(recipe: Recipe, **settings: float | None) -> Recipe:
    """The recipe with these settings; None leaves the recipe's own.

    Raises:
        RecipeError: the recipe has no such setting, or the value is out of bounds.
    """
    given = {name: value for name, value in settings.items() if value is not None}
    known = {field.name for field in fields(recipe)}
    for name, value in given.items():
        if name not in known:
            raise RecipeError(f"{name}: the recipe {recipe.name} has no such setting")
        least, most = BOUNDS[name]
        if not least <= value <= most:
            raise RecipeError(f"{name}: {value} is not in {least:,} to {most:,}")
    return replace(recipe, **given)  # type: ignore[arg-type]
