"""Processed tables: a model's whole table under one sampling, chunk by chunk."""

import numpy as np
import pytest

from enumeration import table
from namesmith_server.engine.distributions import (
    ProcessedTable,
    Sampling,
    apply_sampling,
    cumulated,
    log_apply_sampling,
    processed_table,
)

SAMPLINGS = [Sampling(), Sampling(0.7, 3, 0.9, 0.01), Sampling(temperature=0)]


@pytest.mark.parametrize("sampling", SAMPLINGS)
@pytest.mark.parametrize("chunk", [1, 7, 25, 1_000])
def test_a_table_is_processed_row_by_row(
    sampling: Sampling, chunk: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The rows of a table are those of the logits processors, whatever the size of a chunk."""
    monkeypatch.setattr(processed_table, "CHUNK", chunk)
    processed = ProcessedTable(table(1), sampling)
    assert processed.probabilities.tolist() == apply_sampling(table(1), sampling).tolist()
    assert processed.log_probs.tolist() == log_apply_sampling(table(1), sampling).tolist()
    rounded = processed.rounded_cumulative
    assert rounded.shape == (25, processed_table.LANES)
    assert (rounded[:, :5] == cumulated(processed.probabilities).astype(np.float32)).all()
    assert (rounded[:, 5:] > 1).all()


def test_names_are_scored_by_the_canonical_log_probabilities() -> None:
    """Where nothing is transformed, scores are summed from the table itself, to the last digit."""
    assert ProcessedTable(table(1), Sampling()).scoring_log_probs.tolist() == table(1).tolist()
    transformed = ProcessedTable(table(1), Sampling(1.5))
    assert transformed.scoring_log_probs.tolist() == transformed.log_probs.tolist()
