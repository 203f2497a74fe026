"""A table's names follow the model's distribution, the constraint given; a seed repeats them."""

from collections import Counter

import numpy as np
import pytest
from scipy.stats import chi2

from drawing import FALSE_ALARM, SAMPLINGS, drawn
from namesmith_server.backends import TableBackend
from namesmith_server.engine import (
    Constraint,
    GenerateRequest,
    Model,
    Sampling,
    UnsatisfiableError,
)


def assert_distributed(counts: list[int], probabilities: list[float]) -> None:
    """Assert Pearson's chi-square; cells of expectation below 5 are pooled."""
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
    request = GenerateRequest(200_000, 11, constraint=Constraint(max_length=8))
    names = await drawn(embedded, request)
    firsts, lengths = exact(embedded, 8)
    letters = embedded.vocabulary.symbols[1:]
    by_letter = Counter(name[0] for name in names)
    by_length = Counter(map(len, names))
    assert_distributed([by_letter[letter] for letter in letters], firsts)
    assert_distributed([by_length[length] for length in range(1, 9)], lengths)


async def test_a_row_depends_on_its_number_alone(embedded: Model) -> None:
    """Rows drawn one at a time, or from the middle, are the rows of the whole request."""
    whole = await drawn(embedded, GenerateRequest(5_000, 3))
    assert await drawn(embedded, GenerateRequest(4_000, 3, first_row=1_000)) == whole[1_000:]
    assert await drawn(embedded, GenerateRequest(20, 3, first_row=1_000)) == whole[1_000:1_020]
    for row in (0, 1, 4_999):
        assert await drawn(embedded, GenerateRequest(1, 3, first_row=row)) == [whole[row]]


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("count", [1, 20])
async def test_names_drawn_inline_are_the_names_of_generate(
    embedded: Model, sampling: Sampling, count: int
) -> None:
    """A small request is drawn on the spot once its chain is kept, to the same names."""
    request = GenerateRequest(count, 8, sampling)
    names = await drawn(embedded, request)
    inline = embedded.try_generate_inline(request)
    assert inline is not None
    assert embedded.codec.decode(inline) == names


async def test_large_distinct_and_scored_requests_are_not_drawn_inline(embedded: Model) -> None:
    """A request that would hold the event loop up is left to ``generate``."""
    small = GenerateRequest(1, 8)
    assert embedded.try_generate_inline(small) is not None
    for change in ({"count": 10_000}, {"distinct": True}, {"with_log_probs": True}):
        assert embedded.try_generate_inline(small._replace(**change)) is None


async def test_another_seed_gives_other_names(embedded: Model) -> None:
    """Fifty names of one seed are not the fifty names of another."""
    first, second = GenerateRequest(50, 1), GenerateRequest(50, 2)
    assert await drawn(embedded, first) != await drawn(embedded, second)


async def test_the_empty_name_is_admitted_by_min_length_zero(embedded: Model) -> None:
    """No name is empty by default; a temperature of 10 makes the empty name likely."""
    hot = Sampling(temperature=10)
    assert "" not in await drawn(embedded, GenerateRequest(2_000, 1, hot))
    request = GenerateRequest(2_000, 1, hot, Constraint(min_length=0))
    assert "" in await drawn(embedded, request)


async def test_a_request_that_no_name_satisfies_is_an_error(embedded: Model) -> None:
    """Greedy names have one length: a longer one is refused, and never a name cut."""
    greedy = Sampling(temperature=0)
    (name,) = await drawn(embedded, GenerateRequest(1, 1, greedy))
    longer = Constraint(min_length=len(name) + 1)
    with pytest.raises(UnsatisfiableError):
        await embedded.generate(GenerateRequest(1, 1, greedy, longer))
