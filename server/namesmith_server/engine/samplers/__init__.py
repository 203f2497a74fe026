"""Samplers: ways to draw names behind one interface.

Names of a chain are drawn from the conditional distribution itself, names of a network by
continuous batching, and names of a model without a chain by rejection.
"""

from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.batched_sampler import BatchedSampler
from namesmith_server.engine.samplers.chain_cache import ConditionedChains
from namesmith_server.engine.samplers.chain_sampler import ChainSampler, draw_by_keys
from namesmith_server.engine.samplers.distant_sampler import DistantSampler
from namesmith_server.engine.samplers.rejection_sampler import RejectionSampler
from namesmith_server.engine.samplers.routing_sampler import RoutingSampler
from namesmith_server.engine.samplers.sampler_choice import choose_sampler

__all__ = [
    "BatchedSampler",
    "ChainSampler",
    "ConditionedChains",
    "DistantSampler",
    "RejectionSampler",
    "RoutingSampler",
    "Sampler",
    "choose_sampler",
    "draw_by_keys",
]
