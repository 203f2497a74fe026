"""Which network a recipe makes."""

from namesmith_trainer.mlp import MLP
from namesmith_trainer.network import Network
from namesmith_trainer.recipe import MLPRecipe, Recipe


def build(vocab_size: int, recipe: Recipe) -> Network:
    """The network of a recipe with its initial weights, the same at every call."""
    match recipe:
        case MLPRecipe():
            return MLP(vocab_size, recipe)
        case _:
            raise TypeError(f"{recipe.name}: no network is known for it")
