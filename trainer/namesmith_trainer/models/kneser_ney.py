"""The family of counted models: interpolated modified Kneser-Ney, which needs no network.

``chains.KneserNey`` holds the formulas; counting takes seconds.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from namesmith_trainer.models.recipe import Recipe, Setting
from namesmith_trainer.models.registry import register


@dataclass(frozen=True)
class KneserNeyRecipe(Recipe):
    """A recipe that counts: the order of the model is ``block_size`` + 1, from 3 to 8."""

    SETTINGS: ClassVar[Mapping[str, Setting]] = {"block_size": Setting(2, 7)}
    SEEDED: ClassVar[bool] = False


KNESER_NEY = register(KneserNeyRecipe("kneser-ney"))
