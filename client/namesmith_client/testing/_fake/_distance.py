"""The edit distance of names from the training split (Levenshtein 1966), by its table."""

from functools import lru_cache

from namesmith_client.testing._fake._data import TRAIN


@lru_cache(maxsize=1 << 16)
def is_far(name: str, distance: int) -> bool:
    """Tell whether a name is at least ``distance`` edits from every training name."""
    near = (one for one in TRAIN if abs(len(one) - len(name)) < distance)
    return all(edits(name, one) >= distance for one in near)


def edits(one: str, other: str) -> int:
    """Return the number of insertions, deletions and substitutions that make one name another."""
    row = list(range(len(other) + 1))
    for i, own in enumerate(one, 1):
        above, row = row, [i]
        for j, theirs in enumerate(other, 1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (own != theirs)))
    return row[-1]
