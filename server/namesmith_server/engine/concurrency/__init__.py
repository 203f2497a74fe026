"""The sharing of a process: turns for long work, one build for each key, memory, admission.

Knows threads and asyncio; knows no names.
"""

from namesmith_server.engine.concurrency.admission import GREED, Admission, Permit
from namesmith_server.engine.concurrency.claim import Claim, OutgrownError
from namesmith_server.engine.concurrency.cooperative import CooperativeExecutor
from namesmith_server.engine.concurrency.ledger import Ledger
from namesmith_server.engine.concurrency.memory import (
    MemoryGuard,
    MemoryKeeper,
    configure_allocator,
    return_memory,
)
from namesmith_server.engine.concurrency.priority import background_threads
from namesmith_server.engine.concurrency.shelf import Shelf
from namesmith_server.engine.concurrency.single_flight import SingleFlightCache

__all__ = [
    "GREED",
    "Admission",
    "Claim",
    "CooperativeExecutor",
    "Ledger",
    "MemoryGuard",
    "MemoryKeeper",
    "OutgrownError",
    "Permit",
    "Shelf",
    "SingleFlightCache",
    "background_threads",
    "configure_allocator",
    "return_memory",
]
