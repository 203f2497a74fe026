"""Tests of Kneser-Ney against its formulas, written out with dictionaries."""

from collections import Counter, defaultdict
from collections.abc import Iterable
from itertools import repeat

import numpy as np
import pytest

from namesmith.vocabulary import END
from namesmith_trainer.chains import KneserNey
from namesmith_trainer.chains.kneser_ney import FALLBACK

Symbols = tuple[int, ...]
"""Symbols, oldest first."""


class Formulas:
    """Interpolated modified Kneser-Ney as Chen and Goodman (1999) write it, n-gram by n-gram."""

    def __init__(
        self,
        names: Iterable[Symbols],
        vocab_size: int,
        order: int,
        weights: Iterable[int] | None = None,
    ) -> None:
        self.vocab_size, self.order = vocab_size, order
        self.raw: Counter[tuple[Symbols, int]] = Counter()
        weighed: Counter[tuple[Symbols, int]] = Counter()
        for name, weight in zip(names, weights or repeat(1), strict=weights is not None):
            text = (END, *name, END)
            for at in range(1, len(text)):
                for k in range(min(order, at + 1)):
                    self.raw[text[at - k : at], text[at]] += 1
                    weighed[text[at - k : at], text[at]] += weight
        before = defaultdict(set)
        for context, symbol in self.raw:
            if context:
                before[context[1:], symbol].add(context[0])
        self.counts: dict[Symbols, dict[int, int]] = defaultdict(dict)
        self.weights: dict[Symbols, dict[int, int]] = defaultdict(dict)
        for (context, symbol), count in self.raw.items():
            is_raw = len(context) == order - 1 or context[:1] == (END,)
            different = len(before[context, symbol])
            self.counts[context][symbol] = count if is_raw else different
            self.weights[context][symbol] = weighed[context, symbol] if is_raw else different
        self.discounts = [self._discounts(k) for k in range(order)]

    def probability(self, context: Symbols, symbol: int) -> float:
        """Return P(symbol | context); ``context`` begins with END where the name begins."""
        lower = self.probability(context[1:], symbol) if context else 1 / self.vocab_size
        counts = self.counts.get(context)
        if not counts:
            return lower
        discounts = self.discounts[len(context)]
        weights = self.weights[context]
        taken = {w: min(discounts[min(c, 3) - 1], c) * weights[w] / c for w, c in counts.items()}
        own = weights.get(symbol, 0) - taken.get(symbol, 0)
        return (own + sum(taken.values()) * lower) / sum(weights.values())

    def _discounts(self, length: int) -> tuple[float, ...]:
        values = [c for h, of in self.counts.items() if len(h) == length for c in of.values()]
        n1, n2, n3, n4 = (values.count(c) for c in (1, 2, 3, 4))
        if not (n1 and n2 and n3):
            return FALLBACK
        y = n1 / (n1 + 2 * n2)
        found = 1 - 2 * y * n2 / n1, 2 - 3 * y * n3 / n2, 3 - 4 * y * n4 / n3
        return found if all(0 < d <= i + 1 for i, d in enumerate(found)) else FALLBACK


def random_names(seed: int, count: int, vocab_size: int) -> list[Symbols]:
    """Return random names of 1 to 8 symbols, some symbols more frequent than others."""
    rng = np.random.default_rng(seed)
    weights = rng.random(vocab_size - 1) ** 2
    return [
        tuple(1 + rng.choice(vocab_size - 1, rng.integers(1, 9), p=weights / weights.sum()))
        for _ in range(count)
    ]


def tensors(names: Iterable[Symbols], length: int) -> tuple[np.ndarray, np.ndarray]:
    """Return the histories [N, length], padded with END, and the targets [N] of all symbols."""
    pairs = [
        (((END,) * length + name)[at : at + length], (*name, END)[at])
        for name in names
        for at in range(len(name) + 1)
    ]
    histories, targets = zip(*pairs, strict=True)
    return np.array(histories).reshape(-1, length), np.array(targets)


def cut(history: Iterable[int]) -> Symbols:
    """Return the history without its padding, one END in front where the name begins."""
    symbols = tuple(map(int, history))
    padding = next((i for i, symbol in enumerate(symbols) if symbol != END), len(symbols))
    return symbols[max(0, padding - 1) :]


CASES = [
    (0, 30, 4, 3),
    (1, 200, 6, 4),
    (2, 500, 5, 5),
    (3, 60, 12, 8),
    (4, 1, 3, 3),
    (5, 2_000, 4, 3),
]
"""Seed, number of names, symbols and order; few names leave no counts of counts."""


@pytest.mark.parametrize(("seed", "count", "vocab_size", "order"), CASES)
def test_probabilities_are_those_of_the_formulas(
    seed: int, count: int, vocab_size: int, order: int
) -> None:
    """Every probability of seen and of unseen histories equals the formulas' within 1e-12."""
    names = random_names(seed, count, vocab_size)
    model = KneserNey.fit(*tensors(names, order - 1), vocab_size, order)
    formulas = Formulas(names, vocab_size, order)
    histories, _ = tensors([*names[:20], *random_names(seed + 100, 20, vocab_size)], order - 1)
    expected = [
        [formulas.probability(cut(history), symbol) for symbol in range(vocab_size)]
        for history in histories
    ]
    np.testing.assert_allclose(model.probabilities(histories), expected, rtol=1e-12)


@pytest.mark.parametrize(("seed", "count", "vocab_size", "order"), CASES)
def test_probabilities_of_weighed_names_are_those_of_the_formulas(
    seed: int, count: int, vocab_size: int, order: int
) -> None:
    """Counts are sums of weights, and discounts are of as many names' mean weight: within 1e-12."""
    names = random_names(seed, count, vocab_size)
    of_names = np.random.default_rng(seed).integers(1, 1_000, len(names)) ** 3
    weights = np.repeat(of_names, [len(name) + 1 for name in names])
    histories, targets = tensors(names, order - 1)
    model = KneserNey.fit(histories, targets, vocab_size, order, weights)
    formulas = Formulas(names, vocab_size, order, of_names.tolist())
    asked, _ = tensors([*names[:20], *random_names(seed + 100, 20, vocab_size)], order - 1)
    expected = [
        [formulas.probability(cut(history), symbol) for symbol in range(vocab_size)]
        for history in asked
    ]
    np.testing.assert_allclose(model.probabilities(asked), expected, rtol=1e-12)


@pytest.mark.parametrize(("seed", "count", "vocab_size", "order"), CASES)
def test_the_unit_of_weights_does_not_matter(
    seed: int, count: int, vocab_size: int, order: int
) -> None:
    """Equal weights are none, bit for bit, and weights in thousands are weights in ones."""
    histories, targets = tensors(random_names(seed, count, vocab_size), order - 1)
    weights = np.random.default_rng(seed).integers(1, 9, len(targets))
    plain, equal, weighed, larger = (
        KneserNey.fit(histories, targets, vocab_size, order, each).probabilities(histories)
        for each in (None, np.full(len(targets), 1 << 20), weights, 1_000 * weights)
    )
    assert np.array_equal(plain, equal)
    np.testing.assert_allclose(weighed, larger, rtol=1e-12)


@pytest.mark.parametrize(("seed", "count", "vocab_size", "order"), CASES)
def test_the_chain_is_the_model(seed: int, count: int, vocab_size: int, order: int) -> None:
    """After every history the chain's row holds the model's probabilities, rounded once."""
    names = random_names(seed, count, vocab_size)
    model = KneserNey.fit(*tensors(names, order - 1), vocab_size, order)
    chain = model.chain()
    assert chain.order <= order - 1
    histories, targets = tensors([*names, *random_names(seed + 100, 50, vocab_size)], order - 1)
    probabilities = model.probabilities(histories)
    rows = chain.log_probs[chain.states_of(histories)]
    assert np.array_equal(rows, np.log(probabilities).astype(np.float32))
    assert chain.loss(histories, targets) == pytest.approx(
        -np.log(probabilities[np.arange(len(targets)), targets]).mean(), rel=1e-6
    )


@pytest.mark.parametrize(("seed", "count", "vocab_size", "order"), CASES)
def test_probabilities_are_positive_and_sum_to_1(
    seed: int, count: int, vocab_size: int, order: int
) -> None:
    """Every symbol has a probability above 0 after any symbols, and the probabilities sum to 1."""
    names = random_names(seed, count, vocab_size)
    model = KneserNey.fit(*tensors(names, order - 1), vocab_size, order)
    histories = np.random.default_rng(seed).integers(0, vocab_size, (500, order - 1))
    probabilities = model.probabilities(histories)
    assert (probabilities > 0).all()
    np.testing.assert_allclose(probabilities.sum(1), 1, rtol=1e-12)


def test_counts_are_those_of_the_suffixes() -> None:
    """Each suffix of a history is counted; over the beginning of a name its count stays."""
    names = random_names(1, 200, 6)
    histories, targets = tensors(names, 4)
    model = KneserNey.fit(histories, targets, 6, 5)
    seen = Counter(tuple(row[4 - k :].tolist()) for row in histories for k in range(5))
    counts = model.counts(histories)
    assert counts.shape == (len(histories), 5)
    for row, found in zip(histories.tolist(), counts.tolist(), strict=True):
        assert found == [seen[tuple(row[4 - k :])] for k in range(5)]
    assert (
        model.counts(np.array([[5, 5, 5, 5]]))
        == [[len(targets), *[seen[(5,) * k] for k in (1, 2, 3, 4)]]]
    ).all()


def test_a_bounded_chain_keeps_the_contexts_seen_most_often() -> None:
    """A chain of fewer states has the model's distributions of its longest kept suffixes."""
    names = random_names(2, 500, 5)
    histories, targets = tensors(names, 4)
    model = KneserNey.fit(histories, targets, 5, 5)
    whole, small = model.chain(), model.chain(most=40)
    assert len(small.contexts) <= 40 < len(whole.contexts)
    assert small.loss(histories, targets) > whole.loss(histories, targets)
    assert model.chain(most=10**9).contexts == whole.contexts
    seen = Counter(cut(row[4 - k :]) for row in histories for k in range(5))
    least = min(seen[context] for context in small.contexts if context)
    assert all(
        seen[context] <= least
        for context in set(whole.contexts) - set(small.contexts)
        if len(context) == 4
    )


def test_thousands_of_symbols_are_counted() -> None:
    """A vocabulary of 5,000 symbols with contexts of 7 symbols neither overflows nor fails."""
    rng = np.random.default_rng(0)
    names = [tuple(rng.integers(1, 5_000, rng.integers(1, 9)).tolist()) for _ in range(300)]
    histories, targets = tensors(names, 7)
    model = KneserNey.fit(histories, targets, 5_000, 8)
    chain = model.chain(most=400)
    assert len(chain.contexts) <= 400
    np.testing.assert_allclose(model.probabilities(histories[:50]).sum(1), 1, rtol=1e-9)
    assert np.isfinite(chain.loss(histories, targets))
