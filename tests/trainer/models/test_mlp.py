"""Tests of the notebook's family: its recipes, and the laws of every family."""

import math
from dataclasses import replace

import pytest
import torch

from family_laws import FamilyLaws
from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import RECIPES, NetworkRecipe, RecipeError, family_of, override
from namesmith_trainer.models.mlp import BATCHNORM
from namesmith_trainer.publish import export
from namesmith_trainer.training import NetworkRun, train

STAGES = ("baseline", "softmax", "saturation", "kaiming", "batchnorm-b1", "batchnorm")
"""Names of the notebook's recipes, in the order of its lesson."""

EXAMPLES = torch.randint(0, 27, (1_000, 3), generator=torch.Generator().manual_seed(0))
"""Random contexts, int64 [1000, 3]."""


class TestMLP(FamilyLaws):
    """The laws of every family, for the stages that differ in more than scales of weights."""

    @pytest.fixture(scope="class", params=["baseline", "batchnorm-b1", "batchnorm"])
    @classmethod
    def recipe(cls, request: pytest.FixtureRequest) -> NetworkRecipe:
        """Provide a recipe of the notebook."""
        return RECIPES[request.param]


def test_the_folded_module_equals_evaluation_on_every_context(small_run: NetworkRun) -> None:
    """On all 27^3 contexts the folded module and the network agree within 1e-5."""
    contexts = torch.cat(list(export.contexts(27, 3)))
    assert len(contexts) == 27**3
    folded = small_run.network.fold()(contexts).float()
    torch.testing.assert_close(folded, small_run.network.log_probs(contexts), atol=1e-5, rtol=0)


def test_the_family_holds_the_recipes_of_the_lesson() -> None:
    """The recipes are registered in the order of the notebook's changes."""
    assert tuple(family_of("batchnorm")) == STAGES


def test_the_rate_falls_to_a_tenth_half_way() -> None:
    """The rate is 0.1, and 0.01 from step 100,000 of 200,000 on, or from half of fewer steps."""
    assert [BATCHNORM.rate_at(step) for step in (0, 99_999, 100_000)] == [0.1, 0.1, 0.01]
    assert [replace(BATCHNORM, steps=10).rate_at(step) for step in (4, 5)] == [0.1, 0.01]


def test_a_short_run_can_have_the_rates_of_the_notebooks_first_steps() -> None:
    """With the notebook's decay step, 1,000 steps have the rates of the notebook's first 1,000."""
    short = override(BATCHNORM, steps=1_000, decay_step=100_000)
    assert all(short.rate_at(step) == BATCHNORM.rate_at(step) for step in range(1_000))
    with pytest.raises(RecipeError, match="decay_step: the recipe wavenet has no such setting"):
        override(RECIPES["wavenet"], decay_step=1)


def test_the_lesson_shows_before_the_first_step() -> None:
    """Change 1 lowers the loss to a uniform guess; changes 2 to 5 unsaturate the hidden units."""
    loss, saturated = {}, {}
    for stage in STAGES:
        network = RECIPES[stage].network(27)
        seen = network.activations(EXAMPLES)
        targets = EXAMPLES[:, 0]
        loss[stage] = torch.nn.functional.cross_entropy(seen.logits, targets).item()
        saturated[stage] = (seen.h.abs() > 0.99).float().mean().item()
    assert loss["baseline"] > 15
    assert all(abs(loss[stage] - math.log(27)) < 0.05 for stage in STAGES[1:])
    assert saturated["baseline"] == saturated["softmax"] > 0.5
    assert all(saturated[stage] < 0.2 for stage in STAGES[2:])


@pytest.fixture(scope="module")
def change_4() -> NetworkRun:
    """Provide a short run of change 4: BatchNorm while b1 is still there."""
    data = Names.read("us-names")
    recipe = override(RECIPES["batchnorm-b1"], steps=300)
    return train(replace(data, names=data.names[:1_000]), recipe, 42, "cpu", iter)


def test_change_4_is_evaluated_by_statistics_of_the_train_split(change_4: NetworkRun) -> None:
    """The losses are those of the notebook's lines, whose hpreact holds b1."""
    w = change_4.network.weights
    x, _ = contexts_and_targets(change_4.splits["train"], change_4.vocabulary, 3)
    train_pre = w["C"][x].view(len(x), -1) @ w["W1"] + w["b1"]
    mean, std = train_pre.mean(0, keepdim=True), train_pre.std(0, keepdim=True)
    for split, names in change_4.splits.items():
        x, y = contexts_and_targets(names, change_4.vocabulary, 3)
        hpreact = w["C"][x].view(len(x), -1) @ w["W1"] + w["b1"]
        h = torch.tanh(w["gain"] * (hpreact - mean) / std + w["bias"])
        loss = torch.nn.functional.cross_entropy(h @ w["W2"] + w["b2"], y)
        assert change_4.losses[split] == pytest.approx(loss.item(), abs=1e-5)


def test_an_override_changes_the_network() -> None:
    """Overridden sizes are the sizes of the weights; other settings keep the recipe's values."""
    recipe = override(BATCHNORM, embedding=4, hidden=8, block_size=2, steps=None)
    assert recipe.steps == BATCHNORM.steps
    shapes = {name: tuple(weight.shape) for name, weight in recipe.network(5).weights.items()}
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
    """The error names the setting, the value and the bounds."""
    with pytest.raises(RecipeError, match=message):
        override(BATCHNORM, **{setting: value})
