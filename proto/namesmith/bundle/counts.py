"""The file of a split's counts: one decimal integer for each line of the split's names.

A name with the count c stands for c occurrences of the name.
"""

import re
from array import array
from collections.abc import Iterable
from io import BytesIO

from namesmith.bundle.contents import BundleError, counts_path

MAX_COUNT = 1 << 40
"""Largest count of a name."""

LINE = re.compile(rb"[1-9][0-9]{0,12}\n")
"""Pattern of a line; ``MAX_COUNT`` has 13 digits."""


def encode_counts(counts: Iterable[int]) -> bytes:
    """Return the bytes of the file of counts."""
    return "".join(f"{count}\n" for count in counts).encode()


def parse_counts(raw: bytes, split: str, names: int, occurrences: int) -> "array[int]":
    """Return the counts of a split, of type ``q``: one for each name.

    Args:
        raw: bytes of the file.
        split: name of the split, for messages.
        names: number of names of the split.
        occurrences: sum of the counts, as the manifest says.

    Raises:
        BundleError: the lines are not as many as the names, a line is not a decimal integer in
            [1, MAX_COUNT] without a sign or leading zeros, or the sum is another.
    """
    path = counts_path(split)
    lines = raw.count(b"\n")
    if lines != names or not raw.endswith(b"\n" if names else b""):
        raise BundleError(f"{path}: {lines} lines, the split has {names} names")
    counts = array("q")
    for number, line in enumerate(BytesIO(raw), start=1):
        count = int(line) if LINE.fullmatch(line) else 0
        if not 1 <= count <= MAX_COUNT:
            raise BundleError(f"{path}: line {number} is not an integer in [1, {MAX_COUNT}]")
        counts.append(count)
    if sum(counts) != occurrences:
        raise BundleError(f"{path}: the sum is {sum(counts)}, the manifest says {occurrences}")
    return counts
