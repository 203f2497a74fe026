"""The loss of a whole split, beside the notebook's own ``split_loss``."""

import time
from collections.abc import Iterator

import torch
from torch.nn import functional as F

from namesmith_client import Client
from namesmith_trainer.data import Names, contexts_and_targets
from notebook import initial
from rows import Row, compared
from servers import namesmith

ROUNDS = 7


def measure() -> Iterator[Row]:
    """Yield the time of EvaluateSplit(train) at the client; the server keeps no earlier result."""
    data = Names.read("us-names")
    x, y = contexts_and_targets(data.splits()["train"], data.vocabulary(), 3)
    ours, theirs = [], []
    with namesmith() as server, Client(f"127.0.0.1:{server.port}") as client:
        client.evaluate("train")
        for _ in range(ROUNDS):
            start = time.perf_counter()
            symbols = client.evaluate("train").symbols
            ours.append((time.perf_counter() - start) * 1e3)
            start = time.perf_counter()
            _split_loss(x, y)
            theirs.append((time.perf_counter() - start) * 1e3)
    assert symbols == len(y)
    what = f"EvaluateSplit(train), {symbols:,} symbols"
    yield compared(what, "ms", ours, "the notebook's split_loss", theirs, "<= 0.02")
    yield Row(what, sorted(ours)[ROUNDS // 2], "ms", target="<= 10")


@torch.no_grad()
def _split_loss(x: torch.Tensor, y: torch.Tensor) -> float:
    """Return the loss that the notebook's cell computes, on initial weights of the same sizes."""
    w = initial("batchnorm", 27)
    emb = w["C"][x]
    embcat = emb.view(emb.shape[0], -1)
    hpreact = embcat @ w["W1"]
    hpreact = w["gain"] * (hpreact - torch.zeros(1, 200)) / torch.ones(1, 200) + w["bias"]
    h = torch.tanh(hpreact)
    return F.cross_entropy(h @ w["W2"] + w["b2"], y).item()
