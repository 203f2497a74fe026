"""Tests of the report's sampler."""

import torch
from scipy import stats
from torch import Tensor, nn

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.report.diagnostics.samples import COUNT, LIMIT, SHOWN, draw_samples

VOCABULARY = Vocabulary((".", "a", "b"))


class Memoryless(nn.Module):
    """A model with the same distribution of the next symbol after every context."""

    def __init__(self, *probabilities: float) -> None:
        super().__init__()
        self.log_probs = torch.tensor(probabilities).log()

    def forward(self, context: Tensor) -> Tensor:
        """Return log-probabilities [B, V]."""
        return self.log_probs.expand(len(context), -1)


def test_drawn_names_follow_the_model_conditioned_on_their_length() -> None:
    """Lengths are geometric on 1 to the limit, and letters independent: p-values above 1e-6.

    A right sampler fails with a probability of 2e-6 at another seed, and never at this seed.
    """
    samples = draw_samples(Memoryless(0.2, 0.6, 0.2), VOCABULARY, 3, ["ab", "ba"])
    assert samples.count == COUNT
    weights = [0.8**length * 0.2 for length in range(1, LIMIT + 1)]
    expected = [weight / sum(weights) * COUNT for weight in weights]
    counts = [samples.drawn.lengths.get(length, 0) * COUNT for length in range(1, LIMIT + 1)]
    rare = 20
    observed = [*counts[:rare], sum(counts[rare:])]
    wanted = [*expected[:rare], sum(expected[rare:])]
    assert stats.chisquare(observed, wanted).pvalue > 1e-6
    starts_with_a = round(samples.drawn.first_letters["a"] * COUNT)
    assert stats.binomtest(starts_with_a, COUNT, 0.75).pvalue > 1e-6


def test_a_name_is_never_cut() -> None:
    """Few names are near the limit, even of a model that hardly ever ends a name within it."""
    samples = draw_samples(Memoryless(0.01, 0.98, 0.01), VOCABULARY, 3, ["ab"])
    assert 0 < samples.count <= COUNT
    assert max(samples.drawn.lengths) <= samples.limit == LIMIT
    # P(length >= 60 | a name) is 0.057; were names cut, it would be 0.55.
    assert sum(share for length, share in samples.drawn.lengths.items() if length >= 60) < 0.1


def test_a_model_that_never_ends_a_name_gives_no_names() -> None:
    """The number of draws is bounded, and no name is shown."""
    samples = draw_samples(Memoryless(0.0, 0.5, 0.5), VOCABULARY, 3, ["ab"])
    assert (samples.count, samples.shown, samples.known) == (0, (), None)


def test_the_limit_has_room_for_the_longest_training_name() -> None:
    """A training name that is longer than the limit raises the limit."""
    samples = draw_samples(Memoryless(0.5, 0.4, 0.1), VOCABULARY, 1, ["a" * 100])
    assert samples.limit == 100
    assert len(samples.shown) == SHOWN


def test_known_is_the_share_of_training_names() -> None:
    """``known`` is the share of drawn names that are training names; a seed draws equal names."""
    model = Memoryless(0.5, 0.5, 0.0)
    samples = draw_samples(model, VOCABULARY, 3, ["a"])
    assert samples.known == samples.drawn.lengths[1]
    assert samples.trained.lengths == {1: 1.0}
    assert samples == draw_samples(model, VOCABULARY, 3, ["a"])
