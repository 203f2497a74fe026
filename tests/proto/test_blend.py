"""The texts of blends: what is read, what is refused, and the canonical text."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from namesmith.blend import (
    WHOLE,
    BlendError,
    BlendPart,
    blend_text,
    is_blend,
    parse_blend,
    shares_of,
)
from namesmith.limits import MAX_BLEND_CHARACTERS, MAX_BLENDED_MODELS

WRONG = {
    "not a number": "a*nan+b",
    "infinite": "a*inf+b",
    "zero": "a*0+b",
    "negative": "a*-1+b",
    "underflow": "a*1e-400+b",
    "overflow": "a*1e999+b",
    "many digits": f"a*{'9' * 25}+b",
    "plus in the exponent": "a*1e+3+b",
    "hexadecimal": "a*0x1+b",
    "underscore": "a*1_0+b",
    "full-width digit": "a*\uff11+b",
    "empty weight": "a*+b",
    "two weights": "a*1*2+b",
    "no name": "*1+b",
    "empty part": "a++b",
    "version 0": "a/0+b",
    "long version": f"a/{10**19}+b",
    "word for a version": "a/x+b",
    "version and label": "a/1@x+b",
    "nested": "(a+b)*0.5+c*x",
    "one part": "a*0.5",
    "nine parts": "+".join("abcdefghi"),
    "long": "+".join(["a" * MAX_BLEND_CHARACTERS, "b"]),
}


@pytest.mark.parametrize("text", WRONG.values(), ids=WRONG)
def test_a_text_that_is_no_blend_is_refused(text: str) -> None:
    """In a message of bounded length."""
    assert is_blend(text)
    with pytest.raises(BlendError) as caught:
        parse_blend(text)
    assert len(str(caught.value)) < 300


def test_parts_are_read_with_their_versions_labels_and_weights() -> None:
    """An unset weight is 1."""
    assert parse_blend("us-names/3*.5+fi@stable*5e-2+de") == (
        BlendPart("us-names", 3, "", Fraction(1, 2)),
        BlendPart("fi", 0, "stable", Fraction(1, 20)),
        BlendPart("de", 0, "", Fraction(1)),
    )


@pytest.mark.parametrize("texts", [("0.6", "0.4"), ("3", "2"), ("0.1", "0.2"), ("7e-9", "1e-9")])
def test_shares_sum_to_the_whole(texts: tuple[str, str]) -> None:
    """They are the exact quotients to nine decimals."""
    weights = [Fraction(text) for text in texts]
    shares = shares_of(weights)
    assert sum(shares) == WHOLE
    for share, weight in zip(shares, weights, strict=True):
        assert abs(share - weight / sum(weights) * WHOLE) < 1


def test_a_share_that_is_nearly_nothing_is_refused() -> None:
    """The weight and its share are told."""
    with pytest.raises(BlendError, match=r"weight 1 is 1e-09 of the sum, at least 1e-06"):
        shares_of([Fraction(10**9 - 1), Fraction(1)])


WEIGHTS = st.integers(1, 10**6).map(lambda number: Fraction(number, 1_000))


@given(st.lists(WEIGHTS, min_size=2, max_size=MAX_BLENDED_MODELS))
def test_the_canonical_text_stands_for_itself(weights: list[Fraction]) -> None:
    """Read again it gives the same parts and shares."""
    try:
        shares = shares_of(weights)
    except BlendError:
        return
    text = blend_text(("m", 2**63 - 1, share) for share in shares)
    parts = parse_blend(text)
    assert shares_of([part.weight for part in parts]) == shares
    assert all(len(one.name) == 1 and one.version == 2**63 - 1 for one in parts)


@given(st.text("ab.*+/@0123456789e-naif \n\u00e4", max_size=40))
def test_any_text_is_read_or_refused(text: str) -> None:
    """Nothing else is raised, whoever wrote it."""
    try:
        parts = parse_blend(text)
        shares = shares_of([part.weight for part in parts])
    except BlendError:
        return
    assert sum(shares) == WHOLE
