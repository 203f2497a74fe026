"""Distributions of the next symbol: their transformations, and drawing symbols from them.

Counter-based random numbers, the logits processors (temperature, top-k, top-p, min-p), and a
model's whole table under the processors. Pure mathematics on arrays: knows no asyncio, no threads,
no model.
"""

from namesmith_server.engine.distributions.coldness import nats
from namesmith_server.engine.distributions.drawing import choose, cumulated
from namesmith_server.engine.distributions.logits_processors import (
    apply_sampling,
    log_apply_sampling,
    near_truncation_boundary,
    truncates,
)
from namesmith_server.engine.distributions.processed_table import ProcessedTable
from namesmith_server.engine.distributions.random import (
    Keys,
    Seeds,
    draws,
    mix,
    row_keys,
    row_keys_of_seeds,
    uniforms,
)
from namesmith_server.engine.distributions.sampling import Sampling, SamplingBatch

__all__ = [
    "Keys",
    "ProcessedTable",
    "Sampling",
    "SamplingBatch",
    "Seeds",
    "apply_sampling",
    "choose",
    "cumulated",
    "draws",
    "log_apply_sampling",
    "mix",
    "nats",
    "near_truncation_boundary",
    "row_keys",
    "row_keys_of_seeds",
    "truncates",
    "uniforms",
]
