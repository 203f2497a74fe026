"""The description of a model agrees with the names that are drawn and scored."""

import math

import numpy as np
import pytest

from namesmith_server.engine import Constraint, GenerateRequest, Model, Sampling, kinds


async def test_a_description_agrees_with_drawn_and_scored_names(embedded: Model) -> None:
    """Exact expectations lie within 5 standard errors of 100,000 names' means (1 in 10^6 each)."""
    found = await embedded.description()
    statistics = found.statistics
    assert statistics.length_probabilities.sum() == pytest.approx(1, abs=1e-6)
    drawn = await embedded.generate(GenerateRequest(100_000, 8, with_log_probs=True))
    assert drawn.log_probs is not None
    names = embedded.codec.decode(drawn.names)
    training = set(embedded.codec.decode(embedded._training()))
    # Drawn names have 1 to 32 characters: all but a few free ones do, which moves little.
    surprise = -drawn.log_probs
    spread = surprise.std() / math.sqrt(len(surprise))
    assert abs(surprise.mean() - statistics.entropy) < 5 * spread + 0.01
    lengths = np.array([len(name) for name in names])
    expected = statistics.expected_length
    assert abs(lengths.mean() - expected) < 5 * lengths.std() / math.sqrt(len(lengths)) + 0.01
    share = np.mean([name in training for name in names])
    p = found.training_probability
    assert abs(share - p) < 5 * math.sqrt(p * (1 - p) / len(lengths)) + 0.001
    assert found.training_names == len(training)
    novel = await embedded.inference.measure(
        Sampling(), Constraint((), 0, 64, (kinds.Novel(),)), None
    )
    assert novel.probability == pytest.approx(1 - p, abs=1e-5)
    for split, perplexity in found.perplexities.items():
        assert perplexity == pytest.approx(math.exp((await embedded.split_loss(split)).whole.mean))
