"""Samplers: one interface, and the ways to draw names behind it.

A chain draws from the conditional distribution itself; a network is drawn from by continuous
batching; without a table, constrained names are drawn by rejection.
"""

from namesmith_server.engine.samplers.base import Sampler
from namesmith_server.engine.samplers.batched import BatchedSampler
from namesmith_server.engine.samplers.chain import ChainSampler
from namesmith_server.engine.samplers.conditioned_chains import ConditionedChains
from namesmith_server.engine.samplers.rejection import RejectionSampler
from namesmith_server.engine.samplers.routing import RoutingSampler

__all__ = [
    "BatchedSampler",
    "ChainSampler",
    "ConditionedChains",
    "RejectionSampler",
    "RoutingSampler",
    "Sampler",
]
