"""Tests of the mixture: its weights are the most likely ones, class by class."""

import numpy as np
import pytest
from scipy.optimize import minimize_scalar

from markov_teacher import MarkovTeacher, walked
from namesmith_trainer.chains import Integers, KneserNey, Reals
from namesmith_trainer.distillation.mixture import COUNT_CLASSES, PRIOR, Mixture
from namesmith_trainer.distillation.teachers import NetworkTeacher

VOCAB_SIZE, LENGTH, ORDER = 5, 3, 4


def network(seed: int, order: int = LENGTH) -> NetworkTeacher:
    """Return a teacher with random distributions."""
    return NetworkTeacher(order, (), (MarkovTeacher(seed, VOCAB_SIZE, order),))


def pairs(seed: int, names: int) -> tuple[Integers, Integers]:
    """Return the histories and next symbols of random names."""
    rng = np.random.default_rng(seed)
    drawn = [rng.integers(1, VOCAB_SIZE, rng.integers(1, 7)).tolist() for _ in range(names)]
    targets = [symbol for name in drawn for symbol in (*name, 0)]
    return walked(drawn, LENGTH), np.array(targets, np.int64)


def mixture_of(*seeds: int, names: int = 200) -> Mixture:
    """Return a mixture of networks and of counts of random names."""
    counted = KneserNey.fit(*pairs(99, names), VOCAB_SIZE, ORDER)
    return Mixture([network(seed) for seed in seeds], counted)


def likelihoods(mixture: Mixture, histories: Integers, targets: Integers) -> Reals:
    """Return the probability that each teacher gives each symbol, [N, M]."""
    teachers = [*mixture.networks, mixture.counted]
    return np.stack([one.probabilities(histories)[np.arange(len(targets)), targets]
                     for one in teachers], 1).astype(np.float64)  # fmt: skip


def classes_of(mixture: Mixture, histories: Integers) -> Integers:
    """Return the class of each history: longest context seen, then the digits of its count."""
    found = []
    for counts in mixture.counted.counts(histories).tolist():
        longest = max(k for k, count in enumerate(counts) if count)
        digits = min(counts[longest].bit_length() - 1, COUNT_CLASSES - 1)
        found.append(longest * COUNT_CLASSES + digits)
    return np.array(found)


def best_weight(of_first: Reals, of_second: Reals, shared: float | None = None) -> float:
    """Return the most likely weight of the first of two teachers, by a search."""

    def fault(weight: float) -> float:
        fit = np.log(weight * of_first + (1 - weight) * of_second).sum()
        if shared is not None:
            fit += PRIOR * (shared * np.log(weight) + (1 - shared) * np.log(1 - weight))
        return -float(fit)

    found = minimize_scalar(fault, bounds=(1e-9, 1 - 1e-9), method="bounded",
                            options={"xatol": 1e-9})  # fmt: skip
    return float(found.x)


@pytest.mark.parametrize("seeds", [(), (1,), (1, 2, 3)])
def test_the_weights_of_every_class_sum_to_one(seeds: tuple[int, ...]) -> None:
    """Before and after the fit, and the distributions of the mixture too; none to many networks."""
    mixture = mixture_of(*seeds)
    histories, targets = pairs(5, 100)
    for _ in range(2):
        assert mixture.weights.sum(1) == pytest.approx(1)
        assert (mixture.weights >= 0).all()
        assert mixture.probabilities(histories).sum(1) == pytest.approx(1, abs=1e-6)
        shares = mixture.fit(histories, targets)
    assert shares.sum() == pytest.approx(1)
    assert len(shares) == len(seeds) + 1


@pytest.mark.parametrize("seed", range(10))
def test_the_mixture_is_at_least_as_likely_as_its_best_teacher(seed: int) -> None:
    """On the symbols that the weights were fitted on, up to 1e-4 nats a symbol."""
    mixture = mixture_of(seed, seed + 100)
    histories, targets = pairs(seed, 150)
    mixture.fit(histories, targets)
    single = np.log(likelihoods(mixture, histories, targets)).mean(0)
    mixed = np.log(mixture.probabilities(histories)[np.arange(len(targets)), targets]).mean()
    assert mixed >= single.max() - 1e-4


@pytest.mark.parametrize("seed", range(5))
def test_the_weights_of_two_teachers_are_those_that_a_search_finds(seed: int) -> None:
    """Each class has its most likely weights, with the prior of the weights of all classes."""
    mixture = mixture_of(seed)
    histories, targets = pairs(seed + 50, 400)
    shares = mixture.fit(histories, targets)
    found = likelihoods(mixture, histories, targets)
    classes = classes_of(mixture, histories)
    shared = best_weight(*found.T)
    of_symbols = np.zeros(len(targets))
    for each in np.unique(classes):
        inside = classes == each
        expected = best_weight(*found[inside].T, shared)
        assert mixture.weights[each, 0] == pytest.approx(expected, abs=0.01)
        of_symbols[inside] = mixture.weights[each, 0]
    assert shares[0] == pytest.approx(of_symbols.mean())


def test_a_class_without_symbols_has_the_weights_of_all() -> None:
    """Val may lack a class that sampled names meet."""
    mixture = mixture_of(1)
    histories, targets = pairs(7, 3)
    mixture.fit(histories, targets)
    missing = np.setdiff1d(np.arange(len(mixture.weights)), classes_of(mixture, histories))
    assert len(missing)
    shared = best_weight(*likelihoods(mixture, histories, targets).T)
    assert mixture.weights[missing, 0] == pytest.approx(shared, abs=0.01)


def test_the_better_teacher_has_the_weight() -> None:
    """A network that drew the val split itself is trusted alone where counts know nothing."""
    teacher = MarkovTeacher(11, VOCAB_SIZE, LENGTH)
    rng = np.random.default_rng(0)
    histories = rng.integers(1, VOCAB_SIZE, (20_000, LENGTH))
    targets = (rng.random((20_000, 1)) > teacher(histories).cumsum(1)).sum(1)
    mixture = mixture_of(11, names=3)
    shares = mixture.fit(histories, np.minimum(targets, VOCAB_SIZE - 1))
    assert shares[0] > 0.95


def test_the_mixture_is_the_weighed_sum_of_its_teachers() -> None:
    """Symbol by symbol, by the class of the history."""
    mixture = mixture_of(3, 4)
    histories, targets = pairs(8, 100)
    mixture.fit(histories, targets)
    weights = mixture.weights[classes_of(mixture, histories)]
    teachers = [*mixture.networks, mixture.counted]
    expected = sum(
        weights[:, i, None] * one.probabilities(histories) for i, one in enumerate(teachers)
    )
    assert mixture.probabilities(histories) == pytest.approx(expected, abs=1e-6)
