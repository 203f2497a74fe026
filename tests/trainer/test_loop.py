"""The training loop takes the notebook's steps."""

from dataclasses import replace
from itertools import pairwise

import pytest
import torch
from torch import Tensor

from namesmith_trainer.data import Names
from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.loop import Training
from namesmith_trainer.networks import build
from namesmith_trainer.recipe import BATCHNORM, RECIPES
from namesmith_trainer.run import Run
from notebook import Notebook

SEED = 7
LESSON = ("baseline", "softmax", "saturation", "kaiming", "batchnorm")


@pytest.fixture(scope="module")
def split() -> tuple[Tensor, Tensor]:
    """Contexts and targets of the train split of us-names."""
    data = Names.read("us-names")
    return contexts_and_targets(data.splits()["train"], data.vocabulary(), 3)


STEPS = {name: 30 if name == "baseline" else 1_000 for name in LESSON}
"""Steps compared; the baseline is chaotic, and soon multiplies any difference in rounding."""


@pytest.mark.parametrize(("stage", "steps"), STEPS.items())
def test_the_first_steps_are_the_notebooks(
    split: tuple[Tensor, Tensor], stage: str, steps: int
) -> None:
    """At every step the two losses agree within 1e-3, and so do the weights at the end."""
    network = build(27, RECIPES[stage])
    training = Training(network, *split, RECIPES[stage], SEED)
    losses = training.advance(steps)
    theirs = Notebook(stage, 27)
    expected = torch.tensor(list(theirs.run(*split, steps, SEED)))
    torch.testing.assert_close(losses, 10**expected, atol=1e-3, rtol=0)
    assert list(network.weights) == list(theirs.weights)
    for name, weight in network.weights.items():
        torch.testing.assert_close(weight, theirs.weights[name], atol=1e-3, rtol=1e-3)
    if network.statistics:
        mean, std = network.statistics.values()
        torch.testing.assert_close(mean, theirs.bnmean_running, atol=1e-3, rtol=1e-3)
        torch.testing.assert_close(std, theirs.bnstd_running, atol=1e-3, rtol=1e-3)


def test_a_run_keeps_the_loss_of_every_step(split: tuple[Tensor, Tensor]) -> None:
    """Blocks are views of one tensor, and the last is as short as it must be."""
    recipe = replace(BATCHNORM, steps=250)
    training = Training(build(27, recipe), *split, recipe, SEED)
    assert [len(block) for block in training.blocks()] == [100, 100, 50]
    assert training.step == 250
    assert training.losses.isfinite().all()


def test_contexts_slide_over_a_name() -> None:
    """A context is the last symbols before its target; the last target is the end."""
    vocabulary = Names.read("us-names").vocabulary()
    contexts, targets = contexts_and_targets(["ab"], vocabulary, 3)
    assert contexts.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    assert targets.tolist() == [1, 2, 0]
    for (_, *tail), (*head, _) in pairwise(contexts.tolist()):
        assert tail == head


def test_a_run_leaves_the_processors_arithmetic_as_it_was(small_run: Run) -> None:
    """Numbers below the normal form are zero while a run trains, and numbers again after it."""
    assert small_run.seconds > 0
    assert (torch.tensor(1e-40) * 1.0).item() > 0
