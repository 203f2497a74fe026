"""The codec: between text and names as one array of symbols."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.vocabulary import UnknownCharacterError, Vocabulary
from namesmith_server.engine.codec import (
    Codec,
    contexts_of,
    sums_by_name,
)
from namesmith_server.engine.core import name_count, name_ends
from namesmith_trainer.data import contexts_and_targets

VOCABULARY = Vocabulary.of(["abzéя😀."])
NAMES = st.lists(st.text(alphabet="abzéя😀.", max_size=9), min_size=1, max_size=6)


@given(names=NAMES)
def test_decoding_undoes_encoding(names: list[str]) -> None:
    """Names of any script, empty names too, come back unchanged."""
    codec = Codec(VOCABULARY)
    assert codec.decode(codec.encode(names)) == names


@given(names=NAMES, block_size=st.integers(1, 12))
def test_contexts_are_those_of_the_trainer(names: list[str], block_size: int) -> None:
    """Every context and its symbol are those that the trainer builds, name by name."""
    symbols = Codec(VOCABULARY).encode(names)
    contexts, targets = contexts_and_targets(names, VOCABULARY, block_size)
    assert contexts_of(symbols, block_size).tolist() == contexts.tolist()
    assert symbols.tolist() == targets.tolist()


@given(names=NAMES)
def test_sums_counts_and_ends_are_those_of_each_name(names: list[str]) -> None:
    """A sum of a one for each symbol counts the characters and the end symbol of a name."""
    symbols = Codec(VOCABULARY).encode(names)
    lengths = [len(name) + 1 for name in names]
    assert sums_by_name(np.ones(len(symbols)), symbols).tolist() == lengths
    assert name_count(symbols) == len(names)
    assert name_ends(symbols).tolist() == (np.cumsum(lengths) - 1).tolist()


@pytest.mark.parametrize("names", [["ab", "aXb"], ["a.b"], ["a\nb"], ["\ud800"], ["a\0"]])
def test_an_unknown_character_is_refused(names: list[str]) -> None:
    """Neither a character outside the vocabulary, a line end nor the end symbol is encoded."""
    with pytest.raises(UnknownCharacterError):
        Codec(Vocabulary.of(["abzéя😀"])).encode(names)


def test_drawn_names_are_decoded_symbol_by_symbol() -> None:
    """A drawn symbol that combines with the one before it stays, though encoding normalises."""
    codec = Codec(Vocabulary((".", "e", "\u0301", "\u00e9")))
    drawn = np.array([1, 2, 0, 3, 0])
    names = ["e\u0301", "\u00e9"]
    assert codec.decode(drawn) == names
    assert codec.records(drawn, 0x0A) == b"".join(
        bytes([0x0A, len(name.encode())]) + name.encode() for name in names
    )
    assert codec.encode(names).tolist() == [3, 0, 3, 0]


def test_known_names_are_read_as_they_were_drawn() -> None:
    """Decoded names come back symbol by symbol; names that no symbols spell are normalised."""
    codec = Codec(Vocabulary((".", "e", "\u0301", "\u00e9")))
    drawn = np.array([1, 2, 0, 3, 0])
    given = [*codec.decode(drawn), "x", "E\u0301", ""]
    encoded, known = codec.encode_known(given)
    assert known.tolist() == [True, True, False, True, True]
    assert encoded.tolist() == [*drawn, 3, 0, 0]
