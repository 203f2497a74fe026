"""The sharing of a process: turns for long work, one build for each key, admission, bulkheads.

Knows threads and asyncio; knows no names.
"""

from namesmith_server.engine.concurrency.admission import GREED, Admission, Permit
from namesmith_server.engine.concurrency.bulkhead import Bulkhead
from namesmith_server.engine.concurrency.cooperative import CooperativeExecutor
from namesmith_server.engine.concurrency.memory import MemoryGuard
from namesmith_server.engine.concurrency.single_flight import SingleFlightCache

__all__ = [
    "GREED",
    "Admission",
    "Bulkhead",
    "CooperativeExecutor",
    "MemoryGuard",
    "Permit",
    "SingleFlightCache",
]
