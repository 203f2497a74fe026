"""The network of makemore part 5."""

import math
from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from namesmith_trainer.adam import Adam
from namesmith_trainer.networks import build
from namesmith_trainer.recipe import WAVENET, RecipeError, override
from namesmith_trainer.wavenet import WaveNet

CONTEXTS = torch.randint(0, 27, (512, 8), generator=torch.Generator().manual_seed(0))
TARGETS = CONTEXTS[:, 7]


def test_it_has_the_lectures_parameters() -> None:
    """76,579 of them at embedding 24 and hidden 128, and the loss of a guess to begin with."""
    network = build(27, WAVENET)
    assert sum(parameter.numel() for parameter in network.parameters()) == 76_579
    with torch.no_grad():
        assert abs(network.training_loss(CONTEXTS, TARGETS).item() - math.log(27)) < 0.02


def test_the_fold_is_the_network() -> None:
    """With statistics that are not trivial, folded and unfolded agree within 1e-5."""
    network = build(27, WAVENET)
    assert isinstance(network, WaveNet)
    network.calibrate(CONTEXTS, 100)
    expected = network.log_probs(CONTEXTS)
    assert_close(network.fold()(CONTEXTS).float(), expected, atol=1e-5, rtol=0)


@pytest.mark.parametrize("batch_size", [512, 511, 100, 1])
def test_calibration_is_exact_however_it_is_cut(batch_size: int) -> None:
    """Evaluation is then the pass by the statistics of all contexts at once; 511 leaves one row."""
    network = build(27, WAVENET)
    assert isinstance(network, WaveNet)
    network.calibrate(CONTEXTS, batch_size)
    with torch.no_grad():
        expected = network.forward(CONTEXTS, training=False).logits
        assert_close(network.evaluate(CONTEXTS), expected, atol=1e-5, rtol=1e-4)


def test_what_is_served_is_the_average_of_the_weights() -> None:
    """After k steps at averaging a the average holds the weights w_i by (1 - a) a^(k - i)."""
    recipe = replace(WAVENET, hidden=8, embedding=4, averaging=0.5, dropout=0.0)
    network = build(27, recipe)
    assert isinstance(network, WaveNet)
    steps = Adam(network, recipe)
    expected = network.weights["W2"].detach().clone()
    for _ in range(3):
        steps.block(CONTEXTS[None], TARGETS[None], [0.01], torch.empty(1))
        expected = (expected + network.weights["W2"].detach()) / 2
    steps.finish(CONTEXTS)
    assert_close(network.weights["W2"].detach(), expected)


def test_dropped_units_are_made_up_for() -> None:
    """A share of the hidden units is left out in training, and the rest weighs more; not else."""
    network = build(27, replace(WAVENET, dropout=0.5))
    assert isinstance(network, WaveNet)
    mask = network._mask(torch.empty(1_000, 100), 0.5)
    assert set(mask.unique().tolist()) == {0.0, 2.0}
    assert abs(mask.mean().item() - 1) < 0.02  # 6 standard deviations: one run in 5e8
    assert torch.equal(network.log_probs(CONTEXTS), network.log_probs(CONTEXTS))


def test_the_rate_rises_and_falls() -> None:
    """Linearly to its highest, then as half a cosine to nearly nothing."""
    recipe = replace(WAVENET, steps=1_000, warmup=0.1, learning_rate=1.0)
    rates = [recipe.rate_at(step) for step in range(1_000)]
    assert rates[0] == pytest.approx(0.01)
    assert max(rates) == rates[99] == rates[100] == 1.0
    assert rates[550] == pytest.approx(0.5)
    assert rates[-1] < 1e-5


@pytest.mark.parametrize("steps", [1, 3, 10, 51, 90, 275])
def test_the_rate_is_at_most_the_recipes(steps: int) -> None:
    """Also where the warm-up is no whole number of steps; and it is above 0."""
    recipe = replace(WAVENET, steps=steps)
    assert all(0 < recipe.rate_at(step) <= recipe.learning_rate for step in range(steps))


@pytest.mark.parametrize("block_size", [1, 6])
def test_a_context_that_is_no_power_of_two_is_refused(block_size: int) -> None:
    """There is a level for each doubling."""
    with pytest.raises(RecipeError, match=f"block_size: {block_size} is not a power of two"):
        override(WAVENET, block_size=block_size)
