"""The vocabulary."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.vocabulary import UnknownCharacterError, Vocabulary


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
    """The error holds the character and its position; "." is no character of a name."""
    with pytest.raises(UnknownCharacterError) as caught:
        Vocabulary.of(["ana"]).encode(text)
    assert (caught.value.character, caught.value.position) == (character, position)


@pytest.mark.parametrize("symbols", [(), ("a", "."), (".", "ab"), (".", "a", "a")])
def test_a_malformed_vocabulary_is_refused(symbols: tuple[str, ...]) -> None:
    """A vocabulary starts with "." and holds single characters, each once."""
    with pytest.raises(ValueError, match="symbol"):
        Vocabulary(symbols)
