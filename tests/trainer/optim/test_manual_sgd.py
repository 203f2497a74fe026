"""Tests of the hand-written gradients against autograd's."""

from dataclasses import replace

import pytest
import torch
from torch.testing import assert_close

from namesmith_trainer.models import RECIPES
from namesmith_trainer.models.mlp import BATCHNORM, MLP, MOMENTUM, MLPRecipe
from namesmith_trainer.optim import CudaGraphSGD, ManualSGD

RATE = 0.1
"""Learning rate of the steps."""


def exact(recipe: MLPRecipe) -> MLP:
    """Build the network of a recipe in float64."""
    network = MLP(27, recipe)
    for tensor in network.state().values():
        tensor.data = tensor.data.double()
    return network


@pytest.mark.parametrize("stage", ["baseline", "saturation", "batchnorm-b1", "batchnorm"])
@pytest.mark.parametrize(
    ("block_size", "embedding", "hidden", "batch"), [(3, 10, 200, 32), (2, 3, 7, 5)]
)
def test_a_step_is_the_rate_times_autograds_gradient(
    stage: str, block_size: int, embedding: int, hidden: int, batch: int
) -> None:
    """Steps in float64 change weights, statistics and losses like steps by autograd."""
    recipe = RECIPES[stage]
    assert isinstance(recipe, MLPRecipe)
    recipe = replace(recipe, block_size=block_size, embedding=embedding, hidden=hidden)
    by_autograd, ours = exact(recipe), exact(recipe)
    g = torch.Generator().manual_seed(1)
    contexts = torch.randint(0, 27, (2, batch, block_size), generator=g)
    targets = torch.randint(0, 27, (2, batch), generator=g)
    losses = torch.empty(2, dtype=torch.float64)
    ManualSGD(ours, batch, MOMENTUM).take_steps(contexts, targets, [RATE, RATE / 10], losses)
    expected = []
    for x, y, rate in zip(contexts, targets, [RATE, RATE / 10], strict=True):
        loss = by_autograd.training_loss(x, y)
        gradients = torch.autograd.grad(loss, by_autograd.parameters())
        with torch.no_grad():
            for weight, gradient in zip(by_autograd.parameters(), gradients, strict=True):
                weight.sub_(gradient, alpha=rate)
        expected.append(loss.detach())
    assert_close(losses, torch.stack(expected), atol=1e-12, rtol=1e-9)
    for name, tensor in by_autograd.state().items():
        assert_close(ours.state()[name], tensor, atol=1e-12, rtol=1e-9, msg=name)


def test_blocks_of_any_length_take_the_same_steps() -> None:
    """Steps in one block or in two give equal losses and weights, up to rounding."""
    g = torch.Generator().manual_seed(1)
    contexts, targets = torch.randint(0, 27, (6, 32, 3), generator=g), torch.zeros(6, 32).long()
    once, twice = MLP(27, BATCHNORM), MLP(27, BATCHNORM)
    losses = torch.empty(2, 6)
    ManualSGD(once, 32, MOMENTUM).take_steps(contexts, targets, [RATE] * 6, losses[0])
    optimizer = ManualSGD(twice, 32, MOMENTUM)
    optimizer.take_steps(contexts[:2], targets[:2], [RATE] * 2, losses[1, :2])
    optimizer.take_steps(contexts[2:], targets[2:], [RATE] * 4, losses[1, 2:])
    assert_close(losses[0], losses[1])
    for name, tensor in once.state().items():
        assert_close(twice.state()[name], tensor, msg=name)


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="no CUDA device")
@pytest.mark.parametrize("stage", ["kaiming", "batchnorm"])
def test_steps_of_a_cuda_graph_equal_the_cpus(stage: str) -> None:
    """Blocks that run, are captured and are replayed on CUDA agree with blocks on the CPU."""
    recipe = RECIPES[stage]
    assert isinstance(recipe, MLPRecipe)
    here, there = MLP(27, recipe), MLP(27, recipe).to("cuda")
    ours, theirs = ManualSGD(here, 32, MOMENTUM), CudaGraphSGD(there, 32, MOMENTUM)
    g = torch.Generator().manual_seed(1)
    for _ in range(4):
        contexts = torch.randint(0, 27, (10, 32, 3), generator=g)
        targets = torch.randint(0, 27, (10, 32), generator=g)
        losses = torch.empty(10), torch.empty(10, device="cuda")
        ours.take_steps(contexts, targets, [RATE] * 10, losses[0])
        theirs.take_steps(contexts.cuda(), targets.cuda(), [RATE] * 10, losses[1])
        assert_close(losses[1].cpu(), losses[0], atol=1e-3, rtol=0)
    for name, tensor in here.state().items():
        assert_close(there.state()[name].cpu(), tensor, atol=1e-3, rtol=1e-3, msg=name)
