"""The fake model as a server describes it: its manifest, its losses, the sum of its names."""

import math
from collections.abc import Sequence
from functools import cache

from namesmith.v1 import manifest_pb2, models_pb2, names_pb2
from namesmith.vocabulary import END
from namesmith_client.testing._fake._data import SPLITS, SYMBOLS, TRAIN
from namesmith_client.testing._fake._distribution import UNIT, log_prob, trained_rows

MOST_CHARACTERS = 64
"""Largest length whose probability a description holds."""

LONGEST = 2_000
"""Number of symbols behind which a name's probability is below that of any double."""


@cache
def manifest(model: str) -> manifest_pb2.Manifest:
    """Return the manifest of the fake model under a name."""
    return manifest_pb2.Manifest(
        format_version=2,
        model=model,
        version=1,
        created="2026-01-01T00:00:00Z",
        vocabulary=manifest_pb2.Vocabulary(symbols=SYMBOLS),
        architecture=manifest_pb2.Architecture(block_size=1, parameters=len(SYMBOLS) ** 2),
        training=manifest_pb2.Training(recipe="fake", device="cpu"),
        data=manifest_pb2.Data(name="fake", sha256="0" * 64, names=sum(map(len, SPLITS.values()))),
        splits=[
            manifest_pb2.Split(
                name=name, names=len(names), symbols=symbols(names), loss=mean_loss(names)
            )
            for name, names in SPLITS.items()
        ],
    )


def symbols(names: Sequence[str]) -> int:
    """Return the number of predicted symbols of names."""
    return sum(map(len, names)) + len(names)


def mean_loss(names: Sequence[str]) -> float:
    """Return the mean negative log-probability per symbol, in nats; 0 without names."""
    return -math.fsum(map(log_prob, names)) / symbols(names) if names else 0.0


def partial_loss(names: Sequence[str]) -> names_pb2.PartialLoss:
    """Return the loss of a part of a split."""
    return names_pb2.PartialLoss(loss=mean_loss(names), names=len(names), symbols=symbols(names))


def training_probability() -> float:
    """Return the probability that a name which is drawn freely is one of the training split's."""
    return math.fsum(math.exp(log_prob(name)) for name in set(TRAIN))


def description() -> models_pb2.DescribeModelResponse:
    """Describe the distribution of all names."""
    rows = [[one / UNIT for one in row] for row in trained_rows()]
    size = len(rows)
    now, visits, lengths = [float(i == END) for i in range(size)], [0.0] * size, []
    for _ in range(LONGEST):
        visits = [old + one for old, one in zip(visits, now, strict=True)]
        lengths.append(math.fsum(now[i] * rows[i][END] for i in range(size)))
        now = [
            0.0 if to == END else math.fsum(now[i] * rows[i][to] for i in range(size))
            for to in range(size)
        ]
        if math.fsum(now) < 1e-18:
            break
    entropy = -math.fsum(visits[i] * one * math.log(one) for i in range(size) for one in rows[i])
    expected = math.fsum(i * one for i, one in enumerate(lengths))
    return models_pb2.DescribeModelResponse(
        entropy_per_name=entropy,
        entropy_per_symbol=entropy / (expected + 1),
        expected_length=expected,
        length_probabilities=(lengths + [0.0] * MOST_CHARACTERS)[: MOST_CHARACTERS + 1],
        training_probability=training_probability(),
        training_names=len(set(TRAIN)),
        perplexities=[
            models_pb2.SplitPerplexity(split=name, perplexity=math.exp(mean_loss(names)))
            for name, names in SPLITS.items()
        ],
    )
