"""Chains of many states: probabilities and lengths equal those of a forward dynamic program."""

from itertools import pairwise

import numpy as np
import pytest

from large_chains import large_chain
from namesmith.vocabulary import END
from namesmith_server.engine import Chain, Sampling
from namesmith_server.engine.constraints import DEAD, Dfa, anything
from namesmith_server.engine.constraints.dfa import containing, ending
from namesmith_server.engine.constraints.dfa_algebra import excluding
from namesmith_server.engine.core import Floats
from namesmith_server.engine.distributions import ProcessedTable
from namesmith_server.engine.markov import (
    ConditionedChain,
    GumbelRanking,
    ProbabilityRanking,
    best_names,
    packed_rows,
    reachable_trellis,
)
from random_chains import words_of

STATES, SIZE, LONGEST = 5_000, 27, 20
EXACT = 1e-9
"""Largest relative difference from the dynamic program."""

EXCLUDED = np.array([1, END, 1, 2, END, 3, 1, 2, END])

DFAS = {
    "anything": anything(SIZE),
    "ending": ending((12, 25), SIZE),
    "containing": containing((26, 1), SIZE),
    "excluding": excluding(containing((1,), SIZE), EXCLUDED),
}


def random_rows_chain() -> Chain:
    """Return a chain of random distributions, whose states share rows of random successors."""
    rng = np.random.default_rng(7)
    weights = rng.random((STATES, SIZE)) ** 3
    log_probs = np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)
    rows = rng.integers(STATES // 3, size=STATES, dtype=np.int32)
    successors = rng.integers(STATES, size=(STATES // 3, SIZE), dtype=np.int32)
    return Chain(log_probs, rows, successors, 17)


def ended(chain: Chain, probabilities: Floats, dfa: Dfa, longest: int) -> list[float]:
    """Return the probability of the admitted names of each length: a distribution steps forward."""
    at = np.zeros((len(chain), len(dfa.table)))
    at[chain.start, 0] = 1
    found = []
    for _ in range(longest + 1):
        found.append(float((at * probabilities[:, [END]])[:, dfa.accepting].sum()))
        following = np.zeros_like(at)
        for symbol in range(END + 1, SIZE):
            flowing = at * probabilities[:, [symbol]]
            successors = chain.successors[chain.rows, symbol]
            for state, after in enumerate(dfa.table[:, symbol].tolist()):
                if after != DEAD:
                    np.add.at(following[:, after], successors, flowing[:, state])
        at = following
    return found


CHAINS = {"random rows": random_rows_chain(), "contexts of names": large_chain(STATES, copies=1)}


@pytest.mark.parametrize("kind", DFAS)
@pytest.mark.parametrize("sampling", [Sampling(), Sampling(0.7, 9, 0.95)])
@pytest.mark.parametrize("made_of", CHAINS)
def test_probability_and_length_are_those_of_a_forward_pass(
    kind: str, sampling: Sampling, made_of: str
) -> None:
    """A backward pass over pairs of states agrees with an independent forward one."""
    chain, dfa = CHAINS[made_of], DFAS[kind]
    processed = ProcessedTable(chain.log_probs, sampling)
    by_length = ended(chain, processed.probabilities, dfa, LONGEST)[2:]
    found = ConditionedChain(processed, reachable_trellis(chain, dfa, (), LONGEST), (), 2)
    total = sum(by_length)
    assert np.exp(found.log_probability) == pytest.approx(total, rel=EXACT)
    length = sum(n * p for n, p in enumerate(by_length, 2)) / total
    assert found.expected_length == pytest.approx(length, rel=EXACT)


def test_found_names_have_the_probability_of_their_walk() -> None:
    """Top names and distinct names of a large chain tell what the chain itself says of them."""
    chain = CHAINS["random rows"]
    processed = ProcessedTable(chain.log_probs, Sampling(0.7))
    trellis = reachable_trellis(chain, DFAS["containing"], (), LONGEST)
    found = ConditionedChain(processed, trellis, (), 2)
    for ranking in (ProbabilityRanking(found), GumbelRanking(found)):
        names, log_probs, _ = best_names(ranking, 50, 3)
        for word, told in zip(words_of(packed_rows(names)), log_probs, strict=True):
            state, total = chain.start, 0.0
            for symbol in (*word, END):
                total += processed.log_probs[state, symbol]
                state = int(chain.successors[chain.rows[state], symbol])
            assert told == pytest.approx(total, rel=EXACT)
            assert any(pair == (26, 1) for pair in pairwise(word))
