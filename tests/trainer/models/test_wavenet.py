"""Tests of the family of makemore part 5: its own properties, and the laws of every family."""

import math
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from family_laws import FamilyLaws
from namesmith_trainer.models import NetworkRecipe, RecipeError, override
from namesmith_trainer.models.wavenet import WAVENET
from namesmith_trainer.optim import AveragedAdamW

CONTEXTS = torch.randint(0, 27, (512, 8), generator=torch.Generator().manual_seed(0))
"""Random contexts, int64 [512, 8]."""

TARGETS = CONTEXTS[:, 7]
"""Next symbol of each context: the context's newest symbol."""


class TestWaveNet(FamilyLaws):
    """The laws of every family."""

    @pytest.fixture(scope="class")
    @classmethod
    def recipe(cls) -> NetworkRecipe:
        """Provide the family's recipe, with smaller batches."""
        return override(WAVENET, batch_size=64)


def test_the_network_has_the_lectures_size() -> None:
    """The network has 76,579 parameters and starts at the loss of a uniform guess."""
    network = WAVENET.network(27)
    assert sum(parameter.numel() for parameter in network.parameters()) == 76_579
    with torch.no_grad():
        assert abs(network.training_loss(CONTEXTS, TARGETS).item() - math.log(27)) < 0.02


def test_the_folded_module_equals_the_calibrated_network() -> None:
    """With calibrated statistics, the network and its folded module agree within 1e-5."""
    network = WAVENET.network(27)
    network.calibrate(CONTEXTS, 100)
    expected = network.log_probs(CONTEXTS)
    assert_close(network.fold()(CONTEXTS).float(), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch_size", [512, 511, 100, 1])
def test_calibration_is_exact_at_every_batch_size(batch_size: int) -> None:
    """Calibrated evaluation equals one pass with the statistics of all contexts."""
    network = WAVENET.network(27)
    network.calibrate(CONTEXTS, batch_size)
    with torch.no_grad():
        expected = network.forward(CONTEXTS, training=False).logits
        assert_close(network.evaluate(CONTEXTS), expected, atol=1e-5, rtol=1e-4)


def test_the_trained_network_holds_the_average_of_the_weights() -> None:
    """After k steps at averaging a, the weights w_i of step i have the share (1 - a) a^(k - i)."""
    recipe = replace(WAVENET, hidden=8, embedding=4, averaging=0.5, dropout=0.0)
    network = recipe.network(27)
    optimizer = AveragedAdamW(network, weight_decay=0.1, averaging=0.5)
    expected = network.weights["W2"].detach().clone()
    for _ in range(3):
        optimizer.take_steps(CONTEXTS[None], TARGETS[None], [0.01], torch.empty(1))
        expected = (expected + network.weights["W2"].detach()) / 2
    optimizer.finish(CONTEXTS)
    assert_close(network.weights["W2"].detach(), expected)


def test_kept_units_weigh_more_where_units_are_dropped() -> None:
    """Training drops hidden units and scales the kept units; evaluation drops no unit."""
    network = replace(WAVENET, dropout=0.5).network(27)
    mask = network._mask(torch.empty(1_000, 100), 0.5)
    assert set(mask.unique().tolist()) == {0.0, 2.0}
    assert abs(mask.mean().item() - 1) < 0.02  # 6 standard deviations: one run in 5e8
    assert torch.equal(network.log_probs(CONTEXTS), network.log_probs(CONTEXTS))


def test_the_rate_rises_and_falls() -> None:
    """The rate rises linearly to its highest value, then falls as half a cosine to nearly 0."""
    recipe = replace(WAVENET, steps=1_000, warmup=0.1, learning_rate=1.0)
    rates = [recipe.rate_at(step) for step in range(1_000)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == rates[99] == rates[100] == 1.0
    assert rates[550] == pytest.approx(0.5)
    assert rates[-1] < 1e-5


@pytest.mark.parametrize("steps", [1, 3, 10, 51, 90, 275])
def test_the_rate_is_positive_and_at_most_the_recipes(steps: int) -> None:
    """The bounds hold where the warm-up is no whole number of steps, too."""
    recipe = replace(WAVENET, steps=steps)
    assert all(0 < recipe.rate_at(step) <= recipe.learning_rate for step in range(steps))


@pytest.mark.parametrize("block_size", [1, 6])
def test_a_block_size_that_is_no_power_of_two_is_refused(block_size: int) -> None:
    """The network has a level for each doubling of the context."""
    with pytest.raises(RecipeError, match=f"block_size: {block_size} is not a power of two"):
        override(WAVENET, block_size=block_size)
