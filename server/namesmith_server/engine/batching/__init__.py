"""Continuous batching: sequences of many requests step together on a backend.

requests --add--> queue --schedule--> batch of sequences --step--> backend.log_probs
                             ^                                               |
                             | sequences that go on                          v
futures <--resolve-- postprocess <--symbols-- ConsistentSampler (uncertain: exact fallback)
"""

from namesmith_server.engine.batching.exact_fallback import (
    CanonicalLogProbs,
    ConsistentSampler,
    difference_of_forms,
)
from namesmith_server.engine.batching.scheduled_request import Candidates, ScheduledRequest
from namesmith_server.engine.batching.scheduler import BatchScheduler

__all__ = [
    "BatchScheduler",
    "Candidates",
    "CanonicalLogProbs",
    "ConsistentSampler",
    "ScheduledRequest",
    "difference_of_forms",
]
