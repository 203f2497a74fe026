"""The training loop of the makemore notebook, line by line, at every stage of its lesson.

The tests compare the trainer's losses and weights with the loop's, ``bench/train.py`` the times.
"""

from collections.abc import Iterator

import torch
from torch import Tensor
from torch.nn import functional as F


def initial(stage: str, vocab_size: int) -> dict[str, Tensor]:
    """Return the cell "Model init" with the changes up to this stage un-commented."""
    emb_dim, hidden_dim, block_size = 10, 200, 3
    g = torch.Generator().manual_seed(2147483647)
    C = torch.randn((vocab_size, emb_dim), generator=g)
    b1 = torch.zeros(0)
    if stage in ("baseline", "softmax"):
        W1 = torch.randn((block_size * emb_dim, hidden_dim), generator=g)
        b1 = torch.randn(hidden_dim, generator=g)
    elif stage == "saturation":
        W1 = torch.randn((block_size * emb_dim, hidden_dim), generator=g) * 0.2
        b1 = torch.randn(hidden_dim, generator=g) * 0.01
    else:
        W1 = torch.randn((block_size * emb_dim, hidden_dim), generator=g)
        W1 = W1 * ((5 / 3) / (block_size * emb_dim) ** 0.5)
        if stage in ("kaiming", "batchnorm-b1"):
            b1 = torch.randn(hidden_dim, generator=g) * 0.01
    if stage == "baseline":
        W2 = torch.randn((hidden_dim, vocab_size), generator=g)
        b2 = torch.randn(vocab_size, generator=g)
    else:
        W2 = torch.randn((hidden_dim, vocab_size), generator=g) * 0.01
        b2 = torch.randn(vocab_size, generator=g) * 0
    weights = {"C": C, "W1": W1, "b1": b1, "W2": W2, "b2": b2}
    if stage == "batchnorm":
        del weights["b1"]
    if stage in ("batchnorm-b1", "batchnorm"):
        weights["gain"] = torch.ones((1, hidden_dim))
        weights["bias"] = torch.zeros((1, hidden_dim))
    return weights


class Notebook:
    """The state of the notebook after its cell "Model init".

    Attributes:
        weights: the trained weights, under the names that the trainer gives them.
        bnmean_running: running mean of the BatchNorm (change 5), [1, H].
        bnstd_running: running standard deviation of the BatchNorm (change 5), [1, H].
    """

    def __init__(self, stage: str, vocab_size: int) -> None:
        self.weights = initial(stage, vocab_size)
        self.bnmean_running = torch.zeros((1, 200))
        self.bnstd_running = torch.ones((1, 200))

    def run(self, Xtr: Tensor, Ytr: Tensor, steps: int, seed: int) -> Iterator[float]:
        """Run the cell "Running the network"; yield the log10 of the loss of each step."""
        minibatch_size = 32
        w = self.weights
        parameters = list(w.values())
        for p in parameters:
            p.requires_grad = True
        torch.manual_seed(seed)
        for epoch in range(steps):
            ix = torch.randint(0, Xtr.shape[0], (minibatch_size,))
            Xb, Yb = Xtr[ix], Ytr[ix]
            emb = w["C"][Xb]
            embcat = emb.view(emb.shape[0], -1)
            hpreact = embcat @ w["W1"]
            if "b1" in w:
                hpreact = hpreact + w["b1"]
            if "gain" in w:
                bnmeani = hpreact.mean(0, keepdim=True)
                bnstdi = hpreact.std(0, keepdim=True)
                hpreact = w["gain"] * (hpreact - bnmeani) / bnstdi + w["bias"]
                with torch.no_grad():
                    self.bnmean_running = 0.999 * self.bnmean_running + 0.001 * bnmeani
                    self.bnstd_running = 0.999 * self.bnstd_running + 0.001 * bnstdi
            h = torch.tanh(hpreact)
            logits = h @ w["W2"] + w["b2"]
            loss = F.cross_entropy(logits, Yb)
            for p in parameters:
                p.grad = None
            loss.backward()  # type: ignore[no-untyped-call]
            lr = 0.1 if epoch < 100000 else 0.01
            for p in parameters:
                p.data += -lr * p.grad  # type: ignore[operator]
            yield loss.log10().item()
