"""Tests of the check that holds the exported forms to the network."""

import pytest
import torch

from namesmith import bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith_trainer.publish import ParityError, parity_check
from namesmith_trainer.publish.export import to_table
from namesmith_trainer.training import NetworkRun


def shifted_table(run: NetworkRun, shift: float) -> bytes:
    """Export the table of a run's network with one output bias shifted, in nats."""
    folded = run.network.fold()
    folded.b2[3] += shift
    return to_table(folded, 27, 3)


def test_a_form_within_the_limit_is_measured(small_run: NetworkRun) -> None:
    """A table that is off by half the limit passes, and its difference is returned."""
    contexts = parity_check.sample_contexts(27, 3)
    expected = small_run.network.log_probs(contexts)
    shift = MAX_LOG_PROB_DIFFERENCE / 2
    files = {bundle.TABLE: shifted_table(small_run, shift)}
    difference = parity_check.check_parity(files, contexts, expected)
    assert difference == pytest.approx(shift, rel=0.2)


def test_a_form_beyond_the_limit_is_refused(small_run: NetworkRun) -> None:
    """A table that is off by twice the limit is named with its difference and the limit."""
    contexts = parity_check.sample_contexts(27, 3)
    expected = small_run.network.log_probs(contexts)
    files = {bundle.TABLE: shifted_table(small_run, 2 * MAX_LOG_PROB_DIFFERENCE)}
    allowed = f"at most {MAX_LOG_PROB_DIFFERENCE:g} is allowed"
    with pytest.raises(ParityError, match=rf"table\.safetensors differs .* {allowed}"):
        parity_check.check_parity(files, contexts, expected)


def test_a_form_that_is_not_a_number_is_refused(small_run: NetworkRun) -> None:
    """A table whose values are NaN does not pass as a small difference."""
    contexts = parity_check.sample_contexts(27, 3)
    expected = small_run.network.log_probs(contexts)
    files = {bundle.TABLE: shifted_table(small_run, float("nan"))}
    with pytest.raises(ParityError, match="by nan in log-probability"):
        parity_check.check_parity(files, contexts, expected)


def test_all_contexts_are_compared_where_there_are_few() -> None:
    """A model of 3 symbols of context is compared on each of its 27^3 contexts."""
    contexts = parity_check.sample_contexts(27, 3)
    assert len(contexts.unique(dim=0)) == len(contexts) == 27**3


def test_many_contexts_are_sampled() -> None:
    """A model of more than 20,000 contexts is compared on 20,000 random but fixed contexts."""
    contexts = parity_check.sample_contexts(27, 8)
    assert contexts.shape == (20_000, 8)
    assert torch.equal(contexts, parity_check.sample_contexts(27, 8))
