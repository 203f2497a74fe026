"""Best-first search: exact answers about the names of a network that is served as it is.

Pure mathematics on a function from contexts to log-probabilities: knows no asyncio, no threads and
no runtime.
"""

from namesmith_server.engine.search.best_first import (
    LARGEST_SEARCH,
    Found,
    count_above,
    most_probable,
)
from namesmith_server.engine.search.next_symbols import NextSymbols

__all__ = ["LARGEST_SEARCH", "Found", "NextSymbols", "count_above", "most_probable"]
