"""Numbered names: the most probable names of a chain, counted and not listed, a rank for each.

Pure mathematics on arrays: knows no asyncio, no threads and no request.
"""

from namesmith_server.engine.numbering.capacity_search import MAX_TABLE_BYTES, number_names
from namesmith_server.engine.numbering.numbered_names import NO_RANK, NumberedNames

__all__ = ["MAX_TABLE_BYTES", "NO_RANK", "NumberedNames", "number_names"]
