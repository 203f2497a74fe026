"""Finds lists whose lines hold more than names, so that a person is told before the training."""

from collections.abc import Sequence

from namesmith_trainer.data.cells import is_number

SAMPLE = 1_000
"""Number of names by which an oddity is found."""

MOST = 0.9
"""Share of these names that have the oddity."""


def oddity(names: Sequence[str]) -> str | None:
    """Return a warning about names with numbers, as ``uniq -c`` writes; None for other names."""
    ends = [(words[0], words[-1]) for words in map(str.split, names[:SAMPLE]) if len(words) > 1]
    least = MOST * min(SAMPLE, len(names))
    for place, number, text in (("begins with", 0, 1), ("ends in", 1, 0)):
        if sum(is_number(end[number]) and not is_number(end[text]) for end in ends) >= least > 1:
            return f"each line {place} a number, which is read as a part of the name"
    return None
