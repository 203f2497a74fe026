"""Tests of histories: each is taught once and counted exactly; sampled names follow the teacher."""

from collections import Counter

import numpy as np
import pytest

from chi_square import assert_follows
from markov_teacher import MarkovTeacher
from namesmith_trainer.distillation import histories as module
from namesmith_trainer.distillation.histories import HALVES, Histories, sample_names


def sampled(teacher: MarkovTeacher, count: int, seed: int = 1, length: int = 12) -> Histories:
    """Return the histories of names that were sampled from a teacher."""
    histories = Histories(teacher, length, teacher.vocab_size)
    assert [*sample_names(histories, count, seed)][-1] == count
    return histories


@pytest.mark.parametrize(
    ("vocab_size", "length", "order"), [(4, 3, 2), (27, 8, 2), (300, 8, 1), (3, 200, 2)]
)
def test_places_and_counts_equal_those_of_a_dictionary(
    vocab_size: int, length: int, order: int
) -> None:
    """Batches with old, new and repeated histories, also where V^L is beyond 64 bits."""
    rng = np.random.default_rng(vocab_size)
    teacher = MarkovTeacher(1, vocab_size, order)
    histories = Histories(teacher, length, vocab_size)
    pool = rng.integers(0, vocab_size, (500, length))
    known: dict[tuple[int, ...], int] = {}
    counts: list[Counter[int]] = [Counter() for _ in range(HALVES)]
    for batch in range(12):
        given = pool[rng.integers(0, 40 * (batch + 1), 300)]
        places = histories.meet(given, batch % HALVES, weight=1.5)
        for history, place in zip(map(tuple, given.tolist()), places.tolist(), strict=True):
            assert known.setdefault(history, place) == place
            counts[batch % HALVES][place] += 1
    assert len(histories) == len(known)
    assert {tuple(row): i for i, row in enumerate(histories.symbols.tolist())} == known
    for half in range(HALVES):
        expected = [1.5 * counts[half][place] for place in range(len(known))]
        assert histories.counts[half].tolist() == expected


def test_times_are_meetings() -> None:
    """A history that is met three times at once counts like three meetings."""
    given = np.array([[0, 1, 2], [0, 0, 3], [0, 1, 2]])
    at_once, repeated = (Histories(MarkovTeacher(2, 5, 1), 3, 5) for _ in range(2))
    at_once.meet(given, 1, 0.5, np.array([3.0, 1.0, 2.0]))
    repeated.meet(np.repeat(given, [3, 1, 2], 0), 1, 0.5)
    assert at_once.counts.tolist() == repeated.counts.tolist() == [[0.0, 0.0], [0.5, 2.5]]


def test_each_distinct_history_is_taught_once() -> None:
    """The teacher is never asked for a history twice, and its answers stand at the places."""
    teacher = MarkovTeacher(2, 5, 3)
    histories = sampled(teacher, 5_000)
    histories.places(histories.symbols[::-1])
    assert len(teacher.asked) == len(set(teacher.asked)) == len(histories)
    assert (histories.probabilities == teacher(histories.symbols)).all()


def test_places_alone_count_nothing() -> None:
    """A history that is looked up is taught, but was not met."""
    histories = Histories(MarkovTeacher(2, 5, 1), 3, 5)
    assert histories.places(np.array([[0, 1, 2], [0, 0, 3], [0, 1, 2]])).tolist() == [1, 0, 1]
    assert not histories.counts.any()


def test_first_letters_and_lengths_follow_the_teacher() -> None:
    """Exact probabilities against 200,000 names; false alarm 1e-6 a test."""
    teacher = MarkovTeacher(3, 5, 2)
    count = 200_000
    histories = sampled(teacher, count)
    met = dict(
        zip(map(tuple, histories.symbols.tolist()), histories.counts.sum(0).tolist(), strict=True)
    )
    start = (0,) * 12
    assert met[start] == count
    first = Counter({a: int(met.get((*start[1:], a), 0)) for a in range(1, 5)})
    first[0] = count - sum(first.values())
    assert_follows(first, dict(enumerate(teacher.table[0].tolist())))

    reached = Counter({0: count})
    for history, times in met.items():
        reached[np.count_nonzero(history)] += int(times) if any(history) else 0
    lengths = Counter({k: reached[k] - reached[k + 1] for k in range(11)})
    lengths[11] = reached[11]  # 11 characters and more
    assert_follows(lengths, {k: 0.25 * 0.75**k for k in range(11)} | {11: 0.75**11})


def test_pairs_follow_the_teacher_in_each_half() -> None:
    """The symbols after one context of two; both halves hold half the names."""
    teacher = MarkovTeacher(4, 4, 2)
    histories = sampled(teacher, 100_000)
    starts = (histories.symbols == 0).all(1)
    assert histories.counts[:, starts].tolist() == [[50_000], [50_000]]
    for counts in histories.counts:
        after: Counter[int] = Counter()
        for symbols, times in zip(histories.symbols.tolist(), counts.tolist(), strict=True):
            if symbols[-3:-1] == [2, 3] and symbols[-1]:
                after[symbols[-1]] += int(times)
        assert_follows(after, {a: float(teacher.table[2 * 4 + 3, a]) for a in range(1, 4)})


def test_a_seed_gives_the_same_names_and_another_seed_others() -> None:
    """Two samplings of one seed meet the same histories equally often."""
    teacher = MarkovTeacher(5, 5, 2)
    one, same, other = (sampled(teacher, 3_000, seed) for seed in (7, 7, 8))
    assert (one.symbols == same.symbols).all()
    assert (one.counts == same.counts).all()
    assert len(one) != len(other) or (one.symbols != other.symbols).any()


@pytest.mark.parametrize("count", [0, 1, 3, 1_001])
def test_any_number_of_names_is_sampled(count: int) -> None:
    """The start is met once a name, and the halves differ by at most a batch."""
    teacher = MarkovTeacher(6, 3, 1)
    histories = Histories(teacher, 4, 3)
    done = [*sample_names(histories, count, 0)]
    assert done == sorted(done)
    starts = histories.counts[:, (histories.symbols == 0).all(1)].sum(1)
    assert starts.sum() == count
    assert abs(starts[0] - starts[1]) <= 1


def test_sampling_ends_when_the_memory_is_full(monkeypatch: pytest.MonkeyPatch) -> None:
    """No further batch is drawn, and the number of names that were drawn is told."""
    monkeypatch.setattr(module, "MAX_CELLS", 2_000)
    monkeypatch.setattr(module, "BATCH", 500)
    histories = Histories(MarkovTeacher(7, 5, 3), 8, 5)
    done = [*sample_names(histories, 100_000, 0)]
    assert done[-1] < 100_000
    assert histories.is_full


def test_names_of_many_symbols_are_sampled_in_smaller_batches(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The probabilities that are drawn from together are bounded, whatever the vocabulary."""
    monkeypatch.setattr(module, "BATCH_CELLS", 30_000)
    done = [*sample_names(Histories(MarkovTeacher(8, 300, 1), 2, 300), 1_000, 0)]
    assert done[0] == 101


def test_a_name_that_never_ends_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """A teacher that gives the end symbol no probability does not hold the sampling up."""
    monkeypatch.setattr(module, "MAX_TEXT_CHARACTERS", 9)
    teacher = MarkovTeacher(9, 4, 1)
    teacher.table[:, 0] = 0.0
    histories = sampled(teacher, 100, length=3)
    assert histories.counts.sum() == 900
