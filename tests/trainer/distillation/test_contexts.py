"""Tests of the tree of contexts, against dictionaries of all contexts of random histories."""

import numpy as np
import pytest

from markov_teacher import Context, MarkovTeacher, endings, occurrences, random_histories
from namesmith_trainer.distillation import contexts
from namesmith_trainer.distillation.contexts import LEAST_COUNT, ContextTree
from namesmith_trainer.distillation.histories import HALVES, Histories, parts

LONGEST = 3
"""Number of symbols of the longest context."""


def scattered_histories(seed: int, vocab_size: int) -> tuple[Histories, MarkovTeacher]:
    """Return histories that belong to no names: a history may lack the history before it."""
    rng = np.random.default_rng(seed)
    teacher = MarkovTeacher(seed, vocab_size, 2)
    histories = Histories(teacher, 4, vocab_size)
    for half in range(HALVES):
        given = rng.integers(0, vocab_size, (80, 4))
        ended = np.maximum.accumulate(given[:, ::-1] == 0, 1)[:, ::-1]
        histories.meet(np.where(ended, 0, given), half)
    return histories, teacher


def closed(histories: Histories) -> list[Context]:
    """Return the contexts that occur often enough, as do their suffixes and prefixes; in order."""
    often = {c for c, n in occurrences(histories, LONGEST).items() if n >= LEAST_COUNT}
    kept: set[Context] = {()}
    for context in sorted(often - {()}, key=len):
        if context[1:] in kept and context[:-1] in kept:
            kept.add(context)
    return sorted(kept, key=lambda context: (len(context), context[::-1]))


CASES = [
    *(pytest.param(random_histories, seed, size) for seed in range(3) for size in (3, 4, 5)),
    *(pytest.param(scattered_histories, seed, size) for seed in range(3) for size in (3, 4, 5)),
]


@pytest.mark.parametrize(("make", "seed", "vocab_size"), CASES)
def test_the_contexts_are_the_frequent_ones_closed(make: type, seed: int, vocab_size: int) -> None:
    """Contexts by length, then newest symbol first, and their suffixes and prefixes."""
    histories, _ = make(seed, vocab_size)
    tree = ContextTree(histories, LONGEST)
    expected = closed(histories)
    assert tree.symbols(np.arange(len(tree))) == expected
    assert [level.stop for level in tree.levels] == [
        sum(len(context) <= length for context in expected) for length in range(LONGEST + 1)
    ]
    number = {context: i for i, context in enumerate(expected)}
    assert tree.suffixes.tolist() == [number[context[1:]] for context in expected]
    assert tree.prefixes.tolist() == [number[context[:-1]] for context in expected]


@pytest.mark.parametrize(("make", "seed", "vocab_size"), CASES)
def test_the_sums_are_those_of_a_walk_over_the_histories(
    make: type, seed: int, vocab_size: int
) -> None:
    """Every history counts for all contexts that it ends in, and is the longest one's own."""
    histories, teacher = make(seed, vocab_size)
    tree = ContextTree(histories, LONGEST)
    expected = closed(histories)
    number = {context: i for i, context in enumerate(expected)}
    sums, own = np.zeros((2, HALVES, len(tree), vocab_size))
    after = teacher(histories.symbols)
    for i, symbols in enumerate(histories.symbols.tolist()):
        inside = [number[c] for c in endings(tuple(symbols), LONGEST) if c in number]
        for half in range(HALVES):
            weighed = histories.counts[half, i] * after[i]
            sums[half, inside] += weighed
            own[half, inside[-1]] += weighed
    assert tree.sums == pytest.approx(sums, abs=1e-9)
    assert tree.own == pytest.approx(own, abs=1e-9)


def test_the_symbols_of_some_contexts_are_told() -> None:
    """A choice of contexts has the symbols that the whole list has."""
    tree = ContextTree(random_histories(1, 4)[0], LONGEST)
    every = tree.symbols(np.arange(len(tree)))
    chosen = np.flatnonzero(np.random.default_rng(0).random(len(tree)) < 0.3)
    assert tree.symbols(chosen) == [every[i] for i in chosen.tolist()]


def test_histories_that_are_all_rare_leave_the_empty_context() -> None:
    """Nothing occurs twice: no other context is worth looking at."""
    histories = Histories(MarkovTeacher(1, 5, 1), 3, 5)
    histories.meet(np.array([[0, 0, 1]]), 0)
    tree = ContextTree(histories, LONGEST)
    assert tree.symbols(np.arange(len(tree))) == [()]
    assert tree.sums.sum() == pytest.approx(1)


def test_large_vocabularies_keep_the_most_frequent_contexts(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Where not all distributions fit in memory, rare contexts are left out, and no other."""
    histories, _ = random_histories(2, 5)
    whole = ContextTree(histories, LONGEST)
    monkeypatch.setattr(contexts, "MAX_CELLS", len(whole) * 5 - 1)
    tree = ContextTree(histories, LONGEST)
    often = occurrences(histories, LONGEST)
    every = whole.symbols(np.arange(len(whole)))
    assert tree.symbols(np.arange(len(tree))) == [c for c in every if often[c] >= 2 * LEAST_COUNT]
    assert tree.own.sum() == pytest.approx(whole.own.sum())


def test_the_parts_cover_all_rows_once() -> None:
    """Also where a single row is larger than a part should be."""
    for count, size in ((0, 5), (1, 10**9), (5, 10**9), (500_000, 27)):
        covered = [i for part in parts(count, size) for i in range(count)[part]]
        assert covered == list(range(count))
