"""Names as one array of symbols."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from namesmith_server.engine.stream import Codec, contexts_of, sums

from namesmith.vocabulary import UnknownCharacterError, Vocabulary
from namesmith_trainer.data import contexts_and_targets

VOCABULARY = Vocabulary.of(["abzéя😀"])
NAMES = st.lists(st.text(alphabet="abzéя😀", max_size=9), min_size=1, max_size=6)


@given(names=NAMES)
def test_decoding_undoes_encoding(names: list[str]) -> None:
    """Names of any script, empty ones too, come back as they went in."""
    codec = Codec(VOCABULARY)
    assert codec.names(codec.encode(names)) == names


@given(names=NAMES, block_size=st.integers(1, 12))
def test_contexts_are_the_trainers(names: list[str], block_size: int) -> None:
    """Every context and its symbol are what the trainer builds, name by name."""
    symbols = Codec(VOCABULARY).encode(names)
    contexts, targets = contexts_and_targets(names, VOCABULARY, block_size)
    assert contexts_of(symbols, block_size).tolist() == contexts.tolist()
    assert symbols.tolist() == targets.tolist()


@given(names=NAMES)
def test_sums_run_over_each_name(names: list[str]) -> None:
    """Summing a one for each symbol counts the characters and the end symbol."""
    symbols = Codec(VOCABULARY).encode(names)
    assert sums(np.ones(len(symbols)), symbols).tolist() == [len(name) + 1 for name in names]


@pytest.mark.parametrize("names", [["ab", "aXb"], ["a.b"], ["a\nb"], ["\ud800"], ["a\0"]])
def test_an_unknown_character_is_refused(names: list[str]) -> None:
    """A character outside the vocabulary, a line end or the end symbol is none of a name."""
    with pytest.raises(UnknownCharacterError):
        Codec(VOCABULARY).encode(names)


def test_drawn_names_are_spelt_as_they_were_drawn() -> None:
    """A symbol may combine with the one before it: what was drawn is not what normalising makes."""
    codec = Codec(Vocabulary((".", "e", "\u0301", "\u00e9")))
    assert codec.spell(["e\u0301", "\u00e9"]).tolist() == [1, 2, 0, 3, 0]
    assert codec.encode(["e\u0301", "\u00e9"]).tolist() == [3, 0, 3, 0]
