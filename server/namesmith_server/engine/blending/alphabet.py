"""The united vocabulary of several models, and the place of each model's symbols in it."""

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from namesmith.vocabulary import END, END_SYMBOL, Vocabulary
from namesmith_server.engine.errors import CannotBlendError
from namesmith_server.engine.native.layouts import MAX_VOCAB_SIZE

LACKED = -1
"""Number that stands for a symbol which a part lacks."""

SymbolMap = NDArray[np.int64]
"""A part's id of each symbol of the united vocabulary, or ``LACKED``, int64 [V]."""


def united_vocabulary(vocabularies: Sequence[Vocabulary]) -> Vocabulary:
    """Return the vocabulary of all characters, in the order of their code points.

    Vocabularies go together where shared characters connect them all, and where none of them tells
    upper from lower case while another one has lower case alone.

    Raises:
        CannotBlendError: the vocabularies do not go together.
    """
    characters, left = set(vocabularies[0].ids), list(vocabularies[1:])
    while left:
        joined = [one for one in left if not characters.isdisjoint(one.ids)]
        if not joined:
            raise CannotBlendError("their alphabets have no character in common")
        characters.update(*(one.ids for one in joined))
        left = [one for one in left if one not in joined]
    cased = {vocabulary.has_upper_case for vocabulary in vocabularies if _has_case(vocabulary)}
    if len(cased) > 1:
        raise CannotBlendError(
            "one of these models tells upper from lower case, and another one has lower case alone"
        )
    if len(characters) >= MAX_VOCAB_SIZE:
        raise CannotBlendError(f"their alphabets together have more than {MAX_VOCAB_SIZE} symbols")
    return Vocabulary((END_SYMBOL, *sorted(characters)))


def symbol_map(part: Vocabulary, united: Vocabulary) -> SymbolMap:
    """Return a part's id of each symbol of the united vocabulary."""
    ids = [part.ids.get(symbol, LACKED) for symbol in united.symbols]
    ids[END] = END  # "." is a character of some vocabularies too
    return np.array(ids, dtype=np.int64)


def united_symbols(part: Vocabulary, united: Vocabulary) -> NDArray[np.int64]:
    """Return the united vocabulary's id of each symbol of a part, int64 [part's V]."""
    return np.array([END, *(united.ids[one] for one in part.symbols[END + 1 :])], dtype=np.int64)


def _has_case(vocabulary: Vocabulary) -> bool:
    return any(symbol.lower() != symbol.upper() for symbol in vocabulary.symbols)
