"""The report's sampler."""

import torch
from scipy import stats
from torch import Tensor, nn

from namesmith.vocabulary import Vocabulary
from namesmith_trainer.diagnostics.samples import COUNT, LIMIT, SHOWN, take

VOCABULARY = Vocabulary((".", "a", "b"))


class Memoryless(nn.Module):
    """Gives every context the same probabilities."""

    def __init__(self, *probabilities: float) -> None:
        super().__init__()
        self.log_probs = torch.tensor(probabilities).log()

    def forward(self, context: Tensor) -> Tensor:
        """Log-probabilities [B, V]."""
        return self.log_probs.expand(len(context), -1)


def test_names_follow_the_model_given_that_they_are_names() -> None:
    """Lengths are geometric on 1 to the limit, letters independent: p-values above 1e-6.

    So a right sampler fails with a probability of 2e-6 at another seed, and never at this one.
    """
    samples = take(Memoryless(0.2, 0.6, 0.2), VOCABULARY, 3, ["ab", "ba"])
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
    """Where hardly a name ends within the limit, few are given and none is longer."""
    samples = take(Memoryless(0.01, 0.98, 0.01), VOCABULARY, 3, ["ab"])
    assert 0 < samples.count <= COUNT
    assert max(samples.drawn.lengths) <= samples.limit == LIMIT
    # P(length >= 60 | a name) is 0.057; were names cut, it would be 0.55.
    assert sum(share for length, share in samples.drawn.lengths.items() if length >= 60) < 0.1


def test_a_model_that_never_ends_a_name_is_let_be() -> None:
    """The draws are bounded, and there is nothing to show."""
    samples = take(Memoryless(0.0, 0.5, 0.5), VOCABULARY, 3, ["ab"])
    assert (samples.count, samples.shown, samples.known) == (0, (), None)


def test_the_limit_has_room_for_the_longest_training_name() -> None:
    """A longer training name raises it."""
    samples = take(Memoryless(0.5, 0.4, 0.1), VOCABULARY, 1, ["a" * 100])
    assert samples.limit == 100
    assert len(samples.shown) == SHOWN


def test_shares_are_of_the_names() -> None:
    """Known is the share of drawn names that are training names; the same seed draws the same."""
    model = Memoryless(0.5, 0.5, 0.0)
    samples = take(model, VOCABULARY, 3, ["a"])
    assert samples.known == samples.drawn.lengths[1]
    assert samples.trained.lengths == {1: 1.0}
    assert samples == take(model, VOCABULARY, 3, ["a"])
