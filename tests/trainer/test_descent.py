"""The gradients that are written out are those that autograd finds."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from namesmith_trainer.captured import Captured
from namesmith_trainer.descent import Descent
from namesmith_trainer.mlp import MLP
from namesmith_trainer.recipe import BATCHNORM, RECIPES, MLPRecipe

RATE = 0.1


def exact(recipe: MLPRecipe) -> MLP:
    """The network of a recipe in float64."""
    network = MLP(27, recipe)
    for tensor in network.state().values():
        tensor.data = tensor.data.double()
    return network


@pytest.mark.parametrize("stage", ["baseline", "softmax", "saturation", "kaiming", "batchnorm"])
@pytest.mark.parametrize(
    ("block_size", "embedding", "hidden", "batch"), [(3, 10, 200, 32), (2, 3, 7, 5)]
)
def test_a_step_is_the_rate_times_autograds_gradient(
    stage: str, block_size: int, embedding: int, hidden: int, batch: int
) -> None:
    """One step in float64 changes every weight, statistic and loss as the taped network says."""
    recipe = RECIPES[stage]
    assert isinstance(recipe, MLPRecipe)
    recipe = replace(recipe, block_size=block_size, embedding=embedding, hidden=hidden)
    taped, ours = exact(recipe), exact(recipe)
    g = torch.Generator().manual_seed(1)
    contexts = torch.randint(0, 27, (2, batch, block_size), generator=g)
    targets = torch.randint(0, 27, (2, batch), generator=g)
    losses = torch.empty(2, dtype=torch.float64)
    Descent(ours, batch).block(contexts, targets, [RATE, RATE / 10], losses)
    expected = []
    for x, y, rate in zip(contexts, targets, [RATE, RATE / 10], strict=True):
        loss = taped.training_loss(x, y)
        gradients = torch.autograd.grad(loss, taped.parameters())
        with torch.no_grad():
            for weight, gradient in zip(taped.parameters(), gradients, strict=True):
                weight.sub_(gradient, alpha=rate)
        expected.append(loss.detach())
    assert_close(losses, torch.stack(expected), atol=1e-12, rtol=1e-9)
    for name, tensor in taped.state().items():
        assert_close(ours.state()[name], tensor, atol=1e-12, rtol=1e-9, msg=name)


def test_blocks_of_any_length_take_the_same_steps() -> None:
    """How a run is cut into blocks changes nothing but the rounding of running statistics."""
    g = torch.Generator().manual_seed(1)
    contexts, targets = torch.randint(0, 27, (6, 32, 3), generator=g), torch.zeros(6, 32).long()
    once, twice = MLP(27, BATCHNORM), MLP(27, BATCHNORM)
    losses = torch.empty(2, 6)
    Descent(once, 32).block(contexts, targets, [RATE] * 6, losses[0])
    steps = Descent(twice, 32)
    steps.block(contexts[:2], targets[:2], [RATE] * 2, losses[1, :2])
    steps.block(contexts[2:], targets[2:], [RATE] * 4, losses[1, 2:])
    assert_close(losses[0], losses[1])
    for name, tensor in once.state().items():
        assert_close(twice.state()[name], tensor, msg=name)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
def test_captured_steps_are_the_steps(stage: str) -> None:
    """On CUDA, blocks that run, are captured and are replayed agree with blocks on the CPU."""
    recipe = RECIPES[stage]
    assert isinstance(recipe, MLPRecipe)
    here, there = MLP(27, recipe), MLP(27, recipe).to("cuda")
    ours, theirs = Descent(here, 32), Captured(there, 32)
    g = torch.Generator().manual_seed(1)
    for _ in range(4):
        contexts = torch.randint(0, 27, (10, 32, 3), generator=g)
        targets = torch.randint(0, 27, (10, 32), generator=g)
        losses = torch.empty(10), torch.empty(10, device="cuda")
        ours.block(contexts, targets, [RATE] * 10, losses[0])
        theirs.block(contexts.cuda(), targets.cuda(), [RATE] * 10, losses[1])
        assert_close(losses[1].cpu(), losses[0], atol=1e-3, rtol=0)
    for name, tensor in here.state().items():
        assert_close(there.state()[name].cpu(), tensor, atol=1e-3, rtol=1e-3, msg=name)
