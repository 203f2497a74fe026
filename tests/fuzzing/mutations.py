"""Strategies for bytes that are almost those of a format."""

from collections.abc import Sequence
from typing import NamedTuple

from hypothesis import strategies as st

INTERESTING = (
    b"\x00",
    b"\xff",
    b"\x7f",
    b"\x80",
    b"\xff" * 8,
    b"\x00" * 8,
    b"\xff\xff\xff\xff\xff\xff\xff\xff\x7f",
    b"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01",
)
"""Bytes at which readers of lengths and numbers stumble: bounds, and varints that are overlong."""


class Change(NamedTuple):
    """One change of some bytes.

    Attributes:
        at: place, as a share of the bytes.
        cut: number of bytes that are taken away there.
        put: bytes that are put there.
    """

    at: float
    cut: int
    put: bytes

    def apply(self, raw: bytes) -> bytes:
        """Return the changed bytes."""
        at = int(self.at * len(raw))
        return raw[:at] + self.put + raw[at + self.cut :]


def mutated(
    sound: st.SearchStrategy[bytes], words: Sequence[bytes] = INTERESTING
) -> st.SearchStrategy[bytes]:
    """Return a strategy for sound bytes with one to four changes, or cut short, or doubled.

    Args:
        sound: strategy for bytes of the format.
        words: bytes that mean something in the format, which are put at random places.
    """
    put = st.one_of(st.sampled_from(words), st.binary(max_size=4), st.just(b""))
    places = st.floats(0, 1, exclude_max=True)
    changes = st.builds(Change, places, st.sampled_from((0, 1, 1, 2, 8, 1000)), put)
    return st.one_of(
        st.builds(_changed, sound, st.lists(changes, min_size=1, max_size=4)),
        st.builds(_flipped, sound, places, st.integers(0, 7)),
        st.builds(lambda raw, share: raw[: int(share * len(raw))], sound, places),
        st.builds(lambda first, second: first + second, sound, sound),
    )


def _changed(raw: bytes, changes: list[Change]) -> bytes:
    for change in changes:
        raw = change.apply(raw)
    return raw


def _flipped(raw: bytes, share: float, bit: int) -> bytes:
    if not raw:
        return raw
    at = int(share * len(raw))
    return raw[:at] + bytes([raw[at] ^ 1 << bit]) + raw[at + 1 :]
