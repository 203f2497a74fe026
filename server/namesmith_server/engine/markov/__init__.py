"""Markov chains over symbols, conditioned exactly: names are drawn, searched for and summed over.

Pure mathematics on arrays, written for chains with any states: knows no asyncio and no threads.
"""

from namesmith_server.engine.core import packed_rows
from namesmith_server.engine.markov.ancestral import blank_rows, sample_batch
from namesmith_server.engine.markov.backward import backward_message, backward_messages
from namesmith_server.engine.markov.beam_search import BeamSearchResult, best_names, count_above
from namesmith_server.engine.markov.budget import largest_question
from namesmith_server.engine.markov.chain import Chain
from namesmith_server.engine.markov.conditioned_chain import ConditionedChain
from namesmith_server.engine.markov.distant_names import (
    DistantNames,
    best_distant_names,
    listed_distant_names,
)
from namesmith_server.engine.markov.drawable_chain import FLOOR, DrawableChain, Start
from namesmith_server.engine.markov.ranking import GumbelRanking, ProbabilityRanking
from namesmith_server.engine.markov.semirings import MAX_PLUS, REAL
from namesmith_server.engine.markov.statistics import NameStatistics, name_statistics
from namesmith_server.engine.markov.surprisal import (
    SurprisalDistribution,
    surprisal_distribution,
)
from namesmith_server.engine.markov.trellis import (
    Layer,
    Trellis,
    free_size,
    free_trellis,
    reachable_trellis,
    recurrent_trellis,
)

__all__ = [
    "FLOOR",
    "MAX_PLUS",
    "REAL",
    "BeamSearchResult",
    "Chain",
    "ConditionedChain",
    "DistantNames",
    "DrawableChain",
    "GumbelRanking",
    "Layer",
    "NameStatistics",
    "ProbabilityRanking",
    "Start",
    "SurprisalDistribution",
    "Trellis",
    "backward_message",
    "backward_messages",
    "best_distant_names",
    "best_names",
    "blank_rows",
    "count_above",
    "free_size",
    "free_trellis",
    "largest_question",
    "listed_distant_names",
    "name_statistics",
    "packed_rows",
    "reachable_trellis",
    "recurrent_trellis",
    "sample_batch",
    "surprisal_distribution",
]
