"""The family of makemore's first lecture: bigrams, counted.

``chains.bigram_chain`` holds the formula.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from namesmith_trainer.models.recipe import Recipe, Setting
from namesmith_trainer.models.registry import register


@dataclass(frozen=True)
class BigramRecipe(Recipe):
    """A recipe that counts pairs of symbols.

    Attributes:
        block_size: 1; a bigram has no other.
        smoothing: number that is added to the count of every pair.
    """

    SETTINGS: ClassVar[Mapping[str, Setting]] = {
        "smoothing": Setting(0.001, 1_000.0, "number that is added to the count of every pair"),
    }
    SEEDED: ClassVar[bool] = False

    block_size: int = 1
    smoothing: float = 1.0


BIGRAM = register(BigramRecipe("bigram"))
