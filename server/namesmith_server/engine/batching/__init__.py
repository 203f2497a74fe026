"""Continuous batching: sequences of many requests step together on a backend.

add                              each step
requests  --->  queue  --->  schedule  --->  [ sequences ]  --->  backend.log_probs
^                  |                     |
|   ended ones     v                     v
futures  <---  postprocess  <---+------------  advance  <---  ConsistentSampler
(uncertain draws: exact fallback)
"""

from namesmith_server.engine.batching.exact_fallback import (
    CanonicalLogProbs,
    ConsistentSampler,
    one_at_a_time,
)
from namesmith_server.engine.batching.scheduled_request import ScheduledRequest
from namesmith_server.engine.batching.scheduler import BatchScheduler

__all__ = [
    "BatchScheduler",
    "CanonicalLogProbs",
    "ConsistentSampler",
    "ScheduledRequest",
    "one_at_a_time",
]
