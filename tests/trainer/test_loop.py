"""The training loop takes the notebook's steps."""

from dataclasses import replace
from itertools import pairwise

import torch
from torch.nn import functional as F

from namesmith_trainer.data import Names
from namesmith_trainer.dataset import contexts_and_targets
from namesmith_trainer.loop import train
from namesmith_trainer.model import Network
from namesmith_trainer.recipe import Recipe

STEPS = 1_000
SEED = 7


def notebook_losses(
    Xtr: torch.Tensor, Ytr: torch.Tensor, vocab_size: int, steps: int, seed: int
) -> tuple[list[float], list[torch.Tensor]]:
    """The notebook's own loop, line by line: its losses and its final tensors."""
    g = torch.Generator().manual_seed(2147483647)
    C = torch.randn((vocab_size, 10), generator=g)
    W1 = torch.randn((30, 200), generator=g) * ((5 / 3) / 30**0.5)
    W2 = torch.randn((200, vocab_size), generator=g) * 0.01
    b2 = torch.randn(vocab_size, generator=g) * 0
    bngain, bnbias = torch.ones((1, 200)), torch.zeros((1, 200))
    bnmean_running, bnstd_running = torch.zeros((1, 200)), torch.ones((1, 200))
    parameters = [C, W1, W2, b2, bngain, bnbias]
    for p in parameters:
        p.requires_grad = True
    losses = []
    torch.manual_seed(seed)
    for _ in range(steps):
        ix = torch.randint(0, Xtr.shape[0], (32,))
        emb = C[Xtr[ix]]
        hpreact = emb.view(emb.shape[0], -1) @ W1
        bnmeani, bnstdi = hpreact.mean(0, keepdim=True), hpreact.std(0, keepdim=True)
        hpreact = bngain * (hpreact - bnmeani) / bnstdi + bnbias
        with torch.no_grad():
            bnmean_running = 0.999 * bnmean_running + 0.001 * bnmeani
            bnstd_running = 0.999 * bnstd_running + 0.001 * bnstdi
        loss = F.cross_entropy(torch.tanh(hpreact) @ W2 + b2, Ytr[ix])
        for p in parameters:
            p.grad = None
        loss.backward()  # type: ignore[no-untyped-call]
        for p in parameters:
            assert p.grad is not None
            p.data += -0.1 * p.grad
        losses.append(loss.item())
    return losses, [*parameters, bnmean_running, bnstd_running]


def test_the_first_thousand_steps_are_the_notebooks() -> None:
    """At every step the two losses agree within 1e-3, and so do the weights at the end."""
    data = Names.read("us-names")
    vocabulary = data.vocabulary()
    contexts, targets = contexts_and_targets(data.splits()["train"], vocabulary, 3)
    network = Network(len(vocabulary), Recipe())
    steps = train(network, contexts, targets, replace(Recipe(), steps=STEPS), SEED)
    losses = [loss.item() for loss in steps]
    expected, tensors = notebook_losses(contexts, targets, len(vocabulary), STEPS, SEED)
    assert len(losses) == STEPS
    assert max(abs(a - b) for a, b in zip(losses, expected, strict=True)) < 1e-3
    ours = [*network.parameters(), network.running_mean, network.running_std]
    for mine, theirs in zip(ours, tensors, strict=True):
        torch.testing.assert_close(mine, theirs, atol=1e-3, rtol=1e-3)


def test_the_rate_falls_at_the_decay_step() -> None:
    """0.1 up to step 99,999 and 0.01 from step 100,000 on."""
    assert [Recipe().rate_at(step) for step in (0, 99_999, 100_000)] == [0.1, 0.1, 0.01]


def test_contexts_slide_over_a_name() -> None:
    """A context is the last symbols before its target; the last target is the end."""
    vocabulary = Names.read("us-names").vocabulary()
    contexts, targets = contexts_and_targets(["ab"], vocabulary, 3)
    assert contexts.tolist() == [[0, 0, 0], [0, 0, 1], [0, 1, 2]]
    assert targets.tolist() == [1, 2, 0]
    for (_, *tail), (*head, _) in pairwise(contexts.tolist()):
        assert tail == head
