"""Numbered names: a set of names counted on a chain, a rank for each, and a keyed permutation.

Pure mathematics on arrays: knows no asyncio, no threads and no request.
"""

from namesmith_server.engine.numbering.numbered_names import NO_RANK, NumberedNames
from namesmith_server.engine.numbering.permutation import KeyedPermutation
from namesmith_server.engine.numbering.capacity_search import MAX_ENTRIES, number_names

__all__ = ["MAX_ENTRIES", "NO_RANK", "KeyedPermutation", "NumberedNames", "number_names"]
