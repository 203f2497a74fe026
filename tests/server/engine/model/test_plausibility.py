"""Plausibilities: uniform on a model's own names, and the same with a chain or without."""

from collections.abc import Iterator

import numpy as np
import pytest

from enumeration import CODEC, COMPILER, SIZE
from namesmith.vocabulary import END
from namesmith_server.engine import Chain, Constraint, GenerateRequest, Model, Sampling
from namesmith_server.engine.batching import BatchScheduler, ConsistentSampler, HostRunner
from namesmith_server.engine.concurrency import CooperativeExecutor
from namesmith_server.engine.core import Floats
from namesmith_server.engine.markov import surprisal_distribution
from namesmith_server.engine.model import ExactInference, NetworkInference, network_inference
from namesmith_server.engine.model.scorer import Scorer
from small_network import SmallNetwork

KOLMOGOROV = 2.63
"""Quantile of the limit of sqrt(n) times the Kolmogorov-Smirnov statistic: 1 in 500,000 is more."""


def farthest_from_uniform(values: Floats) -> float:
    """Return sqrt(n) times the Kolmogorov-Smirnov statistic of values in [0, 1]."""
    n = len(values)
    above = np.arange(1, n + 1) / n - np.sort(values)
    return float(max(above.max(), (1 / n - above).max()) * n**0.5)


def entropic_chain(states: int, vocab_size: int) -> Chain:
    """Return a chain of which no name is probable by itself."""
    rng = np.random.default_rng(5)
    weights = rng.random((states, vocab_size)) + 0.05
    weights[0, END] = 1e-9  # the empty name would be an atom
    log_probs = np.log(weights / weights.sum(1, keepdims=True)).astype(np.float32)
    successors = rng.integers(states, size=(states, vocab_size), dtype=np.int32)
    return Chain.from_successors(log_probs, successors, 0)


def surprisals_of_own(chain: Chain, probabilities: Floats, count: int) -> Floats:
    """Return the surprisals of names that are drawn from a chain, symbol by symbol."""
    rng, cumulative = np.random.default_rng(11), probabilities.cumsum(1)
    states, surprisals = np.full(count, chain.start), np.zeros(count)
    going = np.arange(count)
    while len(going):
        now = states[going]
        symbols = (rng.random((len(going), 1)) > cumulative[now]).sum(1)
        symbols = np.minimum(symbols, chain.vocab_size - 1)  # rounding of the sum
        surprisals[going] -= chain.log_probs[now, symbols]
        states[going] = chain.advance(now, symbols)
        going = going[symbols != 0]
    return surprisals


def test_they_are_uniform_on_the_names_of_a_chain() -> None:
    """Kolmogorov-Smirnov on 20,000 names that are drawn without the engine."""
    chain = entropic_chain(60, 27)
    probabilities = np.exp(chain.log_probs.astype(np.float64))
    probabilities /= probabilities.sum(1, keepdims=True)
    own = surprisals_of_own(chain, probabilities, 20_000)
    tail = surprisal_distribution(chain, probabilities).upper_tail(own)
    assert farthest_from_uniform(tail) < KOLMOGOROV


@pytest.mark.slow
async def test_they_are_uniform_on_the_names_of_the_embedded_model(embedded: Model) -> None:
    """Kolmogorov-Smirnov on 200,000 names; they rise with the log-probability."""
    freely = GenerateRequest(200_000, 3, Sampling(), Constraint((), 0, 64))
    names = embedded.codec.decode((await embedded.generate(freely)).names)
    scores = await embedded.score(names)
    found = await embedded.plausibilities(scores)
    assert farthest_from_uniform(found.values) < KOLMOGOROV
    assert (np.diff(found.values[np.argsort(scores.log_probs)]) >= 0).all()
    assert found.draws is None


@pytest.fixture
def scheduler() -> Iterator[BatchScheduler]:
    """Provide the scheduler of the small model as a network."""
    backend = SmallNetwork()
    consistent = ConsistentSampler(backend.log_probs, 0)
    scheduler = BatchScheduler(HostRunner(backend, consistent, 2, SIZE))
    yield scheduler
    scheduler.close()


async def test_a_network_has_the_plausibilities_of_its_chain(
    scheduler: BatchScheduler,
    small_inference: ExactInference,
    cooperative: CooperativeExecutor,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Shares of 4,000 drawn names, within 5 standard errors; the same names are drawn again."""
    monkeypatch.setattr(network_inference, "SCALE_DRAWS", 4_000)
    backend = SmallNetwork()
    network = NetworkInference(backend.log_probs, 2, scheduler, COMPILER, cooperative)
    scorer = Scorer(backend, 2)
    scale = await network.plausibility_scale(scorer.name_log_probs)
    again = await network.plausibility_scale(scorer.name_log_probs)
    exact = await small_inference.plausibility_scale(scorer.name_log_probs)
    names = ["", "a", "ab", "dcba", "aaaaaaa", "cdcdcdcdcdcd"]
    log_probs = np.append(scorer.name_log_probs(CODEC.encode(names)), -np.inf)
    found = scale.plausibilities(log_probs)
    assert (found == again.plausibilities(log_probs)).all()
    # 0.01 for names that the computed scale takes for equally probable.
    assert np.abs(found - exact.plausibilities(log_probs)).max() < 5 * 0.5 / 4_000**0.5 + 0.01
    assert found[-1] == exact.plausibilities(log_probs)[-1] == 0
    assert (scale.draws, scale.resolution, exact.draws) == (4_000, 0, None)
    assert 0 < exact.resolution < 0.5
