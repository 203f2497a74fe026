"""The vocabulary."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.vocabulary import MAX_MARKS, SHORT_TEXT, UnknownCharacterError, Vocabulary


def test_symbols_are_the_sorted_characters_after_the_end_symbol() -> None:
    """Ids are the notebook's: "." is 0, then the characters in order."""
    assert Vocabulary.of(["mia", "ava"]).symbols == (".", "a", "i", "m", "v")


@given(st.lists(st.text(st.characters(categories=["Ll", "Lo"]), min_size=1), min_size=1))
def test_decode_inverts_encode(names: list[str]) -> None:
    """Names that a vocabulary was made of come back unchanged, in any script."""
    normal = [Vocabulary((".",)).normalise(name) for name in names]
    vocabulary = Vocabulary.of(normal)
    for name in normal:
        assert vocabulary.decode(vocabulary.encode(name)) == vocabulary.normalise(name)


def test_text_is_composed_and_lower_cased() -> None:
    """A decomposed, upper-case é is the é of the vocabulary."""
    vocabulary = Vocabulary.of(["zoé"])
    assert vocabulary.encode("ZOE\u0301") == vocabulary.encode("zoé")


def test_upper_case_is_kept_where_the_vocabulary_has_it() -> None:
    """A vocabulary with upper case tells the cases apart."""
    vocabulary = Vocabulary.of(["Ana"])
    assert vocabulary.decode(vocabulary.encode("Ana")) == "Ana"


@pytest.mark.parametrize(("text", "character", "position"), [("an1a", "1", 2), ("a.", ".", 1)])
def test_an_unknown_character_is_named_with_its_position(
    text: str, character: str, position: int
) -> None:
    """The error holds the character and its position; "." is one where names hold it."""
    with pytest.raises(UnknownCharacterError) as caught:
        Vocabulary.of(["ana"]).encode(text)
    assert (caught.value.character, caught.value.position) == (character, position)


def test_a_dot_in_a_name_is_not_the_end_symbol() -> None:
    """The end symbol is shown as "." and never encoded; the character "." has an id of its own."""
    vocabulary = Vocabulary.of(["Mr. Mime"])
    assert vocabulary.symbols[:3] == (".", " ", ".")
    assert vocabulary.encode(".") == [2]
    assert vocabulary.decode(vocabulary.encode("Mr. Mime")) == "Mr. Mime"
    assert 0 not in vocabulary.ids.values()


@pytest.mark.parametrize("symbols", [(), ("a", "."), (".", "ab"), (".", "a", "a"), (".", ".", ".")])
def test_a_malformed_vocabulary_is_refused(symbols: tuple[str, ...]) -> None:
    """A vocabulary starts with "." for the end and holds single characters, each once."""
    with pytest.raises(ValueError, match="symbol"):
        Vocabulary(symbols)


HOSTILE = st.text(["a", "\u0301", "\u0323", "\u0344", "\u0f73", "\u1100", "\u1161"], max_size=90)


@given(HOSTILE)
def test_a_text_with_short_rows_of_marks_is_composed(text: str) -> None:
    """Composition is left out only where more than 30 marks stand in a row of a long text."""
    composed = Vocabulary((".", "A")).normalise(text)
    rows = "".join("x" if unicodedata.combining(one) or one == "\u0f73" else " " for one in text)
    if len(text) <= SHORT_TEXT or max(map(len, rows.split()), default=0) <= MAX_MARKS:
        assert composed == unicodedata.normalize("NFC", text)
    else:
        assert composed == text


def test_a_long_row_of_marks_is_an_unknown_character() -> None:
    """The first mark is told, though composed it would be part of a letter."""
    text = "a" + "\u0301" * 1_000
    with pytest.raises(UnknownCharacterError, match="at position 1 "):
        Vocabulary((".", "a", "\u00e1")).encode(text)
