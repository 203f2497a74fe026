"""Recipes are data: readable, overridable within bounds, and what they say is what is drawn."""

import math
from dataclasses import replace

import pytest
import torch

from namesmith_trainer.networks import build
from namesmith_trainer.recipe import BATCHNORM, RECIPES, RecipeError, override

STAGES = ("baseline", "softmax", "saturation", "kaiming", "batchnorm")
EXAMPLES = torch.randint(0, 27, (1_000, 3), generator=torch.Generator().manual_seed(0))


def test_the_rate_falls_to_a_tenth_half_way() -> None:
    """The notebook's 0.1, and 0.01 from step 100,000 of 200,000; half-way at other lengths."""
    assert [BATCHNORM.rate_at(step) for step in (0, 99_999, 100_000)] == [0.1, 0.1, 0.01]
    assert [replace(BATCHNORM, steps=10).rate_at(step) for step in (4, 5)] == [0.1, 0.01]


def test_a_short_run_can_be_the_notebooks_first_steps() -> None:
    """With the notebook's own decay step, the rates of 1,000 steps are those of its first."""
    short = override(BATCHNORM, steps=1_000, decay_step=100_000)
    assert all(short.rate_at(step) == BATCHNORM.rate_at(step) for step in range(1_000))
    with pytest.raises(RecipeError, match="decay_step: the recipe wavenet has no such setting"):
        override(RECIPES["wavenet"], decay_step=1)


def test_the_lesson_shows_before_the_first_step() -> None:
    """Change 1 brings the loss to that of a uniform guess, changes 2 to 5 wake the hidden units."""
    loss, saturated = {}, {}
    for stage in STAGES:
        network = build(27, RECIPES[stage])
        seen = network.activations(EXAMPLES)
        targets = EXAMPLES[:, 0]
        loss[stage] = torch.nn.functional.cross_entropy(seen.logits, targets).item()
        saturated[stage] = (seen.h.abs() > 0.99).float().mean().item()
    assert loss["baseline"] > 15
    assert all(abs(loss[stage] - math.log(27)) < 0.05 for stage in STAGES[1:])
    assert saturated["baseline"] == saturated["softmax"] > 0.5
    assert all(saturated[stage] < 0.2 for stage in STAGES[2:])


def test_looking_at_activations_changes_nothing() -> None:
    """A snapshot leaves weights and running statistics as they were."""
    network = build(27, BATCHNORM)
    before = {name: tensor.clone() for name, tensor in network.state().items()}
    network.activations(EXAMPLES)
    assert all(torch.equal(before[name], tensor) for name, tensor in network.state().items())


def test_an_override_changes_the_network() -> None:
    """Sizes given are sizes drawn; what is not given stays the recipe's."""
    recipe = override(BATCHNORM, embedding=4, hidden=8, block_size=2, steps=None)
    assert recipe.steps == BATCHNORM.steps
    shapes = {name: tuple(weight.shape) for name, weight in build(5, recipe).weights.items()}
    assert (shapes["C"], shapes["W1"], shapes["W2"]) == ((5, 4), (8, 8), (8, 5))


@pytest.mark.parametrize(
    ("setting", "value", "message"),
    [
        ("batch_size", 1, "batch_size: 1 is not in 2 to 1,048,576"),
        ("learning_rate", math.nan, "learning_rate: nan is not in 0.0 to 1,000.0"),
        ("learning_rate", math.inf, "learning_rate: inf"),
        ("depth", 3, "depth: the recipe batchnorm has no such setting"),
    ],
)
def test_a_wrong_override_is_named(setting: str, value: float, message: str) -> None:
    """The error says which setting, what was given and what is allowed."""
    with pytest.raises(RecipeError, match=message):
        override(BATCHNORM, **{setting: value})
