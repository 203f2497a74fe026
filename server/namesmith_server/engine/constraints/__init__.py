"""Constraints on the characters of a name, compiled to deterministic finite automata.

Pure mathematics on arrays: knows no probabilities, no asyncio and no threads.
"""

from namesmith_server.engine.constraints import kinds
from namesmith_server.engine.constraints.bounded_dfa import BoundedDfa
from namesmith_server.engine.constraints.compiler import ConstraintCompiler
from namesmith_server.engine.constraints.dfa import DEAD, Dfa, Word, anything
from namesmith_server.engine.constraints.kinds import ContentConstraint
from namesmith_server.engine.constraints.name_filter import NameFilter
from namesmith_server.engine.constraints.neighbourhood import Neighbourhood
from namesmith_server.engine.constraints.product import Machine, reachable_product

__all__ = [
    "DEAD",
    "BoundedDfa",
    "ConstraintCompiler",
    "ContentConstraint",
    "Dfa",
    "Machine",
    "NameFilter",
    "Neighbourhood",
    "Word",
    "anything",
    "kinds",
    "reachable_product",
]
