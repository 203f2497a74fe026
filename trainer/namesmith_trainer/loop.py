"""The training loop: draw a minibatch, measure its loss, step downhill."""

from collections.abc import Iterator

import torch
from torch import Tensor

from namesmith_trainer.model import Network
from namesmith_trainer.recipe import Recipe


def train(
    network: Network, contexts: Tensor, targets: Tensor, recipe: Recipe, seed: int
) -> Iterator[Tensor]:
    """Trains in place, yielding the loss of each step (notebook, "Running the network").

    The minibatches are those of the notebook's own loop after ``torch.manual_seed(seed)``.

    Args:
        network: on the device of the data.
        contexts: int64 [N, L].
        targets: int64 [N].
        recipe: steps, batch size and learning rates.
        seed: of the minibatches.

    Yields:
        the detached loss, a float32 scalar in nats, before the step's update.
    """
    generator = torch.Generator().manual_seed(seed)
    parameters = network.parameters()
    for step in range(recipe.steps):
        rows = torch.randint(0, len(contexts), (recipe.batch_size,), generator=generator)
        rows = rows.to(contexts.device)
        loss = network.training_loss(contexts[rows], targets[rows])
        gradients = torch.autograd.grad(loss, parameters)
        rate = recipe.rate_at(step)
        with torch.no_grad():
            for parameter, gradient in zip(parameters, gradients, strict=True):
                parameter.sub_(gradient, alpha=rate)
        yield loss.detach()
