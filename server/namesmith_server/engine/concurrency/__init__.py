"""The sharing of a process: turns for long computations, one build for each key, admission.

Knows threads and asyncio; knows no names.
"""

from namesmith_server.engine.concurrency.admission import Admission
from namesmith_server.engine.concurrency.cooperative import CooperativeExecutor
from namesmith_server.engine.concurrency.single_flight import SingleFlightCache

__all__ = ["Admission", "CooperativeExecutor", "SingleFlightCache"]
