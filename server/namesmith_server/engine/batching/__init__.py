"""Continuous batching: sequences of many requests step together on a backend.

requests --add--> queue --schedule--> sequences of a Runner --step--> backend, sampler
                             ^                                            |
                             | sequences that go on                       v
futures <----------resolve-------------------------------- requests that are finished
"""

from namesmith_server.engine.batching.exact_fallback import (
    CanonicalLogProbs,
    ConsistentSampler,
    difference_of_forms,
)
from namesmith_server.engine.batching.host_runner import HostRunner
from namesmith_server.engine.batching.runner import Runner
from namesmith_server.engine.batching.runner_choice import choose_runner
from namesmith_server.engine.batching.scheduled_request import Candidates, ScheduledRequest
from namesmith_server.engine.batching.scheduler import BatchScheduler

__all__ = [
    "BatchScheduler",
    "Candidates",
    "CanonicalLogProbs",
    "ConsistentSampler",
    "HostRunner",
    "Runner",
    "ScheduledRequest",
    "choose_runner",
    "difference_of_forms",
]
