"""Names are drawn from the model's distribution conditioned on the constraint, reproducibly."""

from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import chi2

from namesmith_server.app.loading import load_repository
from namesmith_server.app.settings import BackendName, Settings
from namesmith_server.backends.table import TableBackend
from namesmith_server.engine.errors import UnsatisfiableError
from namesmith_server.engine.model import Model
from namesmith_server.engine.parameters import Constraint, Order, Sampling

Load = Callable[[BackendName], Model]

FALSE_ALARM = 1e-6
"""Of each statistical test, when everything is right."""

SAMPLINGS = (
    Sampling(),
    Sampling(temperature=0.7, top_k=9),
    Sampling(temperature=1.4, top_p=0.9, min_p=0.02),
    Sampling(temperature=0),
)


async def drawn(model: Model, order: Order) -> list[str]:
    """The names of an order."""
    return (await model.generate(order)).names


def assert_distributed(counts: list[int], probabilities: list[float]) -> None:
    """Pearson's chi-square, cells of expectation below 5 pooled."""
    total = sum(counts)
    cells = sorted(zip(probabilities, counts, strict=True), reverse=True)
    large = [(p * total, n) for p, n in cells if p * total >= 5]
    rest = [(p * total, n) for p, n in cells if p * total < 5]
    pooled = sum(e for e, _ in rest), sum(n for _, n in rest)
    if pooled[0] < 5:  # too small to be a cell of its own
        pooled = pooled[0] + large[-1][0], pooled[1] + large.pop()[1]
    large.append(pooled)
    statistic = sum((n - e) ** 2 / e for e, n in large)
    assert statistic < chi2.isf(FALSE_ALARM, len(large) - 1)


def exact(model: Model, max_length: int) -> tuple[list[float], list[float]]:
    """First characters and lengths of names of 1 to ``max_length`` characters, from the table.

    Returns:
        P(first character), by id from 1 on, and P(length), from 1 on.
    """
    assert isinstance(model.backend, TableBackend)
    P = np.exp(model.backend.table.astype(np.float64))
    size = P.shape[1]
    rows = np.arange(len(P)) % (len(P) // size) * size
    lengths, firsts = np.zeros(max_length), np.zeros(size - 1)
    for first in range(1, size):
        at = np.zeros(len(P))
        at[first] = P[0, first]
        for length in range(1, max_length + 1):
            ended = at @ P[:, 0]
            lengths[length - 1] += ended
            firsts[first - 1] += ended
            onward = at[:, None] * P
            after = np.zeros(len(P))
            for symbol in range(1, size):
                np.add.at(after, rows + symbol, onward[:, symbol])
            at = after
    return list(firsts / firsts.sum()), list(lengths / lengths.sum())


async def test_first_characters_and_lengths_follow_the_exact_distribution(embedded: Model) -> None:
    """200,000 names of at most 8 characters; false alarms: 1 in 10^6 each (chi-square)."""
    names = (await embedded.generate(Order(200_000, 11, constraint=Constraint(max_length=8)))).names
    firsts, lengths = exact(embedded, 8)
    letters = embedded.vocabulary.symbols[1:]
    by_letter = Counter(name[0] for name in names)
    by_length = Counter(map(len, names))
    assert_distributed([by_letter[letter] for letter in letters], firsts)
    assert_distributed([by_length[length] for length in range(1, 9)], lengths)


@pytest.mark.parametrize("sampling", SAMPLINGS)
async def test_backends_draw_the_same_names(small: Load, sampling: Sampling) -> None:
    """The same order gives the same 10,000 names on table, onnx and torchscript."""
    order = Order(10_000, 2**64 - 1, sampling, Constraint(max_length=12))
    expected = await drawn(small("table"), order)
    assert await drawn(small("onnx"), order) == expected
    assert await drawn(small("torchscript"), order) == expected


@pytest.mark.cuda
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs an NVIDIA GPU")
@pytest.mark.parametrize("sampling", SAMPLINGS)
async def test_cuda_draws_the_same_names(
    repository: Path, small: Load, executor: ThreadPoolExecutor, sampling: Sampling
) -> None:
    """TorchScript on a GPU gives the 10,000 names of the table."""
    settings = Settings(models=repository, backend="torchscript", device="cuda")
    (served,) = load_repository(settings, executor)
    order = Order(10_000, 5, sampling, Constraint(max_length=12))
    assert await drawn(served.model, order) == await drawn(small("table"), order)
    served.model.close()


async def test_a_row_depends_on_its_number_alone(embedded: Model) -> None:
    """Rows drawn one at a time, or from the middle, are the rows of the whole."""
    whole = await drawn(embedded, Order(5_000, 3))
    assert await drawn(embedded, Order(4_000, 3, first=1_000)) == whole[1_000:]
    assert await drawn(embedded, Order(20, 3, first=1_000)) == whole[1_000:1_020]
    for row in (0, 1, 4_999):
        assert await drawn(embedded, Order(1, 3, first=row)) == [whole[row]]


async def test_seeds_differ(embedded: Model) -> None:
    """Another seed gives other names."""
    assert await drawn(embedded, Order(50, 1)) != await drawn(embedded, Order(50, 2))


@pytest.mark.parametrize("backend", ["table", "onnx"])
@pytest.mark.parametrize("sampling", SAMPLINGS[:3])
async def test_prefix_and_lengths_hold(
    small: Load, backend: BackendName, sampling: Sampling
) -> None:
    """Every name begins with the prefix and has an allowed length; both bounds are reached."""
    model = small(backend)
    prefix = tuple(model.vocabulary.encode("ka"))
    constraint = Constraint(prefix, min_length=4, max_length=7)
    names = await drawn(model, Order(2_000, 5, sampling, constraint))
    assert all(name.startswith("ka") for name in names)
    assert {len(name) for name in names} == {4, 5, 6, 7}


async def test_the_empty_name_is_admitted_by_min_length_zero(embedded: Model) -> None:
    """Unless asked for, no name is empty; a temperature of 10 makes the empty name likely."""
    hot = Sampling(temperature=10)
    assert "" not in await drawn(embedded, Order(2_000, 1, hot))
    assert "" in await drawn(embedded, Order(2_000, 1, hot, Constraint(min_length=0)))


async def test_what_cannot_be_is_said(embedded: Model) -> None:
    """Greedy names cannot be of every length: no name at all is an error, never a cut one."""
    (greedy,) = await drawn(embedded, Order(1, 1, Sampling(temperature=0)))
    longer = Constraint(min_length=len(greedy) + 1)
    with pytest.raises(UnsatisfiableError):
        await embedded.generate(Order(1, 1, Sampling(temperature=0), longer))


async def test_reported_log_probabilities_are_the_untransformed_models(embedded: Model) -> None:
    """Whatever the sampling, a name's log-probability is what scoring it answers."""
    order = Order(500, 9, Sampling(temperature=0.5, top_k=3), Constraint(max_length=9))
    scored = await embedded.generate(order._replace(scored=True))
    assert scored.names == await drawn(embedded, order)
    assert scored.log_probs == (await embedded.score(scored.names)).log_probs.tolist()
