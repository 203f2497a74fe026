"""The table backend: the laws of a backend on tables and chains, and the faults of a table."""

import numpy as np
import pytest
from laws import BackendLaws
from safetensors.numpy import save

from namesmith.bundle import TABLE
from namesmith_server.backends import BackendConfig, BackendError, TableBackend

UNIFORM = np.full((4, 2), np.log(0.5), dtype=np.float32)
"""The table of two symbols and contexts of two: every next symbol has probability 1/2."""


class TestTableBackend(BackendLaws):
    """The table keeps the laws on a table and on chains."""

    backend_class = TableBackend
    models = ("small", "definite", "wandering")


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"probabilities": UNIFORM}, "the tensor 'probabilities' is none of log_probs"),
        ({}, "the tensor log_probs is missing"),
        ({"log_probs": UNIFORM.astype(np.float64)}, "log_probs: the type is F64, F32 is allowed"),
        ({"log_probs": UNIFORM[:2]}, r"the table is not float32 \[4, 2\]"),
        ({"log_probs": UNIFORM + 0.1}, "a row's probabilities do not sum to 1"),
        ({"log_probs": UNIFORM * np.nan}, "a row's probabilities do not sum to 1"),
    ],
)
def test_a_table_of_other_sizes_or_sums_is_refused(
    table: dict[str, np.ndarray], message: str
) -> None:
    """Another tensor, type or shape is refused, and rows that are no distributions."""
    with pytest.raises(BackendError, match=message):
        TableBackend(save(table), BackendConfig(vocab_size=2, block_size=2, file=TABLE))
