"""Tests of the training loop against the notebook's."""

from dataclasses import replace

import pytest
import torch
from torch import Tensor

from namesmith_trainer.data import Names, contexts_and_targets
from namesmith_trainer.models import RECIPES
from namesmith_trainer.models.mlp import BATCHNORM
from namesmith_trainer.training import NetworkRun, Training
from notebook import Notebook

SEED = 7
"""Seed of the minibatches."""

LESSON = ("baseline", "softmax", "saturation", "kaiming", "batchnorm-b1", "batchnorm")
"""Names of the notebook's recipes."""


@pytest.fixture(scope="module")
def split() -> tuple[Tensor, Tensor]:
    """Return contexts and targets of the train split of us-names."""
    data = Names.read("us-names")
    return contexts_and_targets(data.splits()["train"], data.vocabulary(), 3)


STEPS = {name: 30 if name == "baseline" else 1_000 for name in LESSON}
"""Number of compared steps by recipe; ``baseline`` is chaotic and soon multiplies rounding."""


@pytest.mark.parametrize(("stage", "steps"), STEPS.items())
def test_the_first_steps_equal_the_notebooks(
    split: tuple[Tensor, Tensor], stage: str, steps: int
) -> None:
    """The losses of every step and the final weights agree with the notebook's within 1e-3."""
    network = RECIPES[stage].network(27)
    training = Training(network, *split, RECIPES[stage], SEED)
    losses = training.advance(steps)
    theirs = Notebook(stage, 27)
    expected = torch.tensor(list(theirs.run(*split, steps, SEED)))
    torch.testing.assert_close(losses, 10**expected, atol=1e-3, rtol=0)
    assert list(network.weights) == list(theirs.weights)
    for name, weight in network.weights.items():
        torch.testing.assert_close(weight, theirs.weights[name], atol=1e-3, rtol=1e-3)
    if stage == "batchnorm":  # running statistics are change 5
        mean, std = network.statistics.values()
        torch.testing.assert_close(mean, theirs.bnmean_running, atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(std, theirs.bnstd_running, atol=1e-3, rtol=1e-3)


def test_a_run_keeps_the_loss_of_every_step(split: tuple[Tensor, Tensor]) -> None:
    """All blocks but the last have 100 steps, and every step has a finite loss."""
    recipe = replace(BATCHNORM, steps=250)
    training = Training(recipe.network(27), *split, recipe, SEED)
    assert [len(block) for block in training.blocks()] == [100, 100, 50]
    assert training.step == 250
    assert training.losses.isfinite().all()


def test_denormal_numbers_are_kept_after_a_run(small_run: NetworkRun) -> None:
    """The processor flushes numbers below the normal range to zero during a run alone."""
    assert small_run.seconds > 0
    assert (torch.tensor(1e-40) * 1.0).item() > 0
