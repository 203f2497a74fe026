"""Tests of the check that holds the exported forms to the network."""

from dataclasses import replace

import pytest
import torch

from namesmith import bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE, MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.models import RECIPES, Network, override
from namesmith_trainer.models.folded import Folded
from namesmith_trainer.publish import ParityError, export, parity_check
from namesmith_trainer.publish.parity_check import Reference
from namesmith_trainer.training import DivergedError, NetworkRun

ALLOWED = ASSUMED_LOG_PROB_DIFFERENCE
"""Difference in nats that a form of a network with small logits may have."""


def shifted(network: Network, shift: float) -> Folded:
    """Return a folded network with one output bias shifted, in nats."""
    folded: Folded = network.fold()
    folded.b2[3] += shift
    return folded


def reference_of(network: Network, block_size: int = 3) -> Reference:
    """Return the distributions that the forms of a network are held to."""
    contexts = parity_check.sample_contexts(27, block_size)
    return parity_check.network_reference(network, contexts, 4_096, "cpu")


def with_weights_scaled(factor: float, recipe: str = "baseline") -> Network:
    """Return an untrained network with its output layer scaled."""
    network = override(RECIPES[recipe], hidden=50).network(27)
    network.weights["W2"].data *= factor
    return network


def test_a_form_within_the_limit_is_measured(small_run: NetworkRun) -> None:
    """A table that is off by half the limit passes, and its difference is returned."""
    files = {bundle.TABLE: export.to_table(shifted(small_run.network, ALLOWED / 2), 27, 3)}
    difference = parity_check.check_parity(files, reference_of(small_run.network))
    assert difference == pytest.approx(ALLOWED / 2, rel=0.1)


@pytest.mark.parametrize(("shift", "told"), [(2 * ALLOWED, "0.0002"), (float("nan"), "nan")])
def test_a_form_beyond_the_limit_is_refused(small_run: NetworkRun, shift: float, told: str) -> None:
    """A table that is off by twice the limit is named with its difference and the limit."""
    files = {bundle.TABLE: export.to_table(shifted(small_run.network, shift), 27, 3)}
    message = rf"table\.safetensors differs from the network by {told}.*, at most 0\.0001 is"
    with pytest.raises(ParityError, match=message):
        parity_check.check_parity(files, reference_of(small_run.network))


def test_the_limit_follows_the_size_of_the_logits() -> None:
    """Logits of hundreds may be rounded by more than 1e-4 nats; no more than rounding is allowed.

    A table computed in float32 passes, and one of another network does not.
    """
    network = with_weights_scaled(100.0)
    reference = reference_of(network)
    assert 2e-4 < reference.allowed < 0.05
    rounded = {bundle.TABLE: export.to_table(export.single(network.fold()), 27, 3)}
    assert 2e-5 < parity_check.check_parity(rounded, reference) < reference.allowed / 4
    wrong = {bundle.TABLE: export.to_table(shifted(network, 2 * reference.allowed), 27, 3)}
    with pytest.raises(ParityError, match=r"table\.safetensors differs"):
        parity_check.check_parity(wrong, reference)


@pytest.mark.parametrize("factor", [1e7, float("inf"), float("nan")])
def test_a_network_that_float32_cannot_tell_has_diverged(factor: float) -> None:
    """Logits of millions, or that are not numbers, are told as such, and not as a wrong form."""
    with pytest.raises(DivergedError, match=r"training diverged: logits reach (\d|nan|inf)"):
        reference_of(with_weights_scaled(factor))


def test_no_form_beyond_the_bound_of_readers_is_published() -> None:
    """However large the rounding is, a difference that readers refuse is not published."""
    network = with_weights_scaled(1.0)
    reference = replace(reference_of(network), allowed=1.0)
    files = {bundle.TABLE: export.to_table(shifted(network, 0.2), 27, 3)}
    with pytest.raises(ParityError, match=f"at most {MAX_LOG_PROB_DIFFERENCE:g} is allowed"):
        parity_check.check_parity(files, reference)


@pytest.mark.parametrize("factor", [1.0, 100.0])
def test_a_wrong_fold_is_refused(factor: float, monkeypatch: pytest.MonkeyPatch) -> None:
    """A fold whose output differs by a hundredth of the logits is no rounding, and is told."""
    network = with_weights_scaled(factor)
    wrong = shifted(network, 0.05 * factor)
    monkeypatch.setattr(network, "fold", lambda: wrong)
    with pytest.raises(ParityError, match="the folded network differs from the network by"):
        reference_of(network)


def test_all_contexts_are_compared_where_there_are_few() -> None:
    """A model of 3 symbols of context is compared on each of its 27^3 contexts."""
    contexts = parity_check.sample_contexts(27, 3)
    assert len(contexts.unique(dim=0)) == len(contexts) == 27**3


def test_many_contexts_are_sampled() -> None:
    """A model of more than 20,000 contexts is compared on 20,000 random but fixed contexts."""
    contexts = parity_check.sample_contexts(27, 8)
    assert contexts.shape == (20_000, 8)
    assert torch.equal(contexts, parity_check.sample_contexts(27, 8))


def test_wide_networks_are_compared_in_smaller_batches() -> None:
    """A layer has at most 2^26 numbers a batch, and the sample at once where it is narrow."""
    assert parity_check.batch_of(200, 3) == 20_000
    assert parity_check.batch_of(65_536, 3) == 341
    assert parity_check.batch_of(65_536, 64) == parity_check.SMALL_BATCH
