"""The distribution of surprisals: the enumeration's, within the resolution that it states."""

import math

import numpy as np
import pytest

from namesmith_server.engine import Chain, native
from namesmith_server.engine.core import Floats
from namesmith_server.engine.markov import name_statistics, surprisal_distribution, unit_steps
from random_chains import name_log_probs, random_chain

LONGEST = 7
"""Number of characters of the longest names that are enumerated."""


def distributions(chain: Chain) -> Floats:
    """Return the probabilities of the next symbol in each state, which sum to 1."""
    probabilities = np.exp(chain.log_probs.astype(np.float64))
    return probabilities / probabilities.sum(1, keepdims=True)


@pytest.mark.parametrize("seed", range(6))
def test_the_tail_is_that_of_all_names_within_the_resolution(seed: int) -> None:
    """The probability of less probable names stands between its values a resolution to each side.

    Names that are too long to be enumerated may stand on either side.
    """
    chain = random_chain(seed, 4, 4)
    found = surprisal_distribution(chain, distributions(chain))
    log_probs = np.array(list(name_log_probs(chain, chain.log_probs, LONGEST).values()))
    surprisals = -log_probs[np.isfinite(log_probs)]
    masses = np.exp(-surprisals)
    unknown = 1 - masses.sum() + 1e-5
    asked = np.concatenate([np.linspace(0, 60, 200), surprisals[:200]])
    for surprisal, tail in zip(asked, found.upper_tail(asked), strict=True):
        surely = masses[surprisals > surprisal + found.resolution].sum()
        perhaps = masses[surprisals >= surprisal - found.resolution].sum()
        assert surely - 1e-5 <= tail <= perhaps + unknown
    assert found.resolution < 0.5


@pytest.mark.parametrize("seed", range(6))
def test_the_mean_is_the_entropy(seed: int) -> None:
    """The mean cost is the entropy of a name, within the error."""
    chain = random_chain(seed, 30, 8)
    probabilities = distributions(chain)
    found = surprisal_distribution(chain, probabilities)
    mean = float(found.masses @ np.arange(len(found.masses))) * found.unit
    assert abs(mean - name_statistics(chain, probabilities).entropy) < found.error
    assert found.masses.sum() == pytest.approx(1, abs=1e-12)


@pytest.mark.parametrize("per_nat", [4, 64])
def test_compiled_code_and_numpy_compute_the_same_bits(
    per_nat: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In blocks of any size."""
    if not native.available:
        pytest.skip("there is no compiled code")
    monkeypatch.setattr(unit_steps, "FINEST", per_nat)
    chain = random_chain(3, 20, 6)
    compiled = surprisal_distribution(chain, distributions(chain))
    monkeypatch.setattr(native, "available", False)
    assert surprisal_distribution(chain, distributions(chain)).masses.tobytes() == (
        compiled.masses.tobytes()
    )
    assert compiled.unit == 1 / per_nat


def test_equally_probable_names_count_by_half() -> None:
    """One name alone has 1/2, and so has each of three that are equally probable."""
    certain = np.log(np.array([[1e-30, 1, 1e-30], [1, 1e-30, 1e-30]], dtype=np.float32))
    thirds = np.log(np.full((1, 3), 1 / 3, dtype=np.float32))
    name = Chain.from_successors(certain, np.array([[0, 1, 1]] * 2, dtype=np.int32), 0)
    found = surprisal_distribution(name, np.exp(certain.astype(np.float64)))
    assert found.upper_tail(np.zeros(1)) == pytest.approx([0.5], abs=1e-9)
    one_letter = np.concatenate([thirds, np.log(np.array([[1, 1e-30, 1e-30]], dtype=np.float32))])
    chain = Chain.from_successors(one_letter, np.array([[0, 1, 1]] * 2, dtype=np.int32), 0)
    found = surprisal_distribution(chain, np.exp(one_letter.astype(np.float64)))
    assert found.upper_tail(np.array([math.log(3)])) == pytest.approx([0.5], abs=1e-6)


def test_the_tail_never_rises_and_ends_at_nothing() -> None:
    """However finely surprisals follow each other; what is impossible has the tail 0."""
    chain = random_chain(1, 30, 8)
    found = surprisal_distribution(chain, distributions(chain))
    tail = found.upper_tail(np.append(np.linspace(0, 80, 50_001), math.inf))
    assert (np.diff(tail) <= 0).all()
    assert tail[0] == pytest.approx(1)
    assert tail[-1] == 0


def test_names_that_hardly_end_take_bounded_work() -> None:
    """A chain whose names have a million characters in the mean stops at the greatest cost."""
    endless = np.log(np.array([[1e-6, 0.5, 0.5]], dtype=np.float32))
    chain = Chain.from_successors(endless, np.zeros((1, 3), dtype=np.int32), 0)
    found = surprisal_distribution(chain, distributions(chain))
    assert found.masses.sum() == pytest.approx(1)
    assert found.masses[-1] > 0.99
