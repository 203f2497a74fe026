"""The version policy: which versions of a model are served without anyone's order.

latest          the newest version of each model, the default
latest:N        the N newest versions of each model
MODEL/VERSION   of this model the given versions alone
"""

import re
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from namesmith.manifest import MODEL_NAME
from namesmith.quoting import quoted

MAX_LATEST = 1_000
"""Largest number of newest versions of a model."""

LATEST = re.compile(r"latest(?::([1-9][0-9]{0,3}))?")
GIVEN = re.compile(rf"({MODEL_NAME.pattern})/([1-9][0-9]{{0,17}})")


@dataclass(frozen=True)
class VersionPolicy:
    """The versions that the words of an operator choose.

    Attributes:
        latest: number of newest versions of each model, in [1, ``MAX_LATEST``].
        given: the versions of each model of which given versions alone are served.
    """

    latest: int
    given: Mapping[str, Collection[int]]

    @classmethod
    def parse(cls, words: Sequence[str]) -> Self:
        """Return the policy of some words.

        Raises:
            ValueError: a word is none of the three, or two words contradict each other.
        """
        latest: set[int] = set()
        given: dict[str, set[int]] = {}
        for word in words:
            if newest := LATEST.fullmatch(word):
                latest.add(_latest(int(newest[1] or 1), word))
            elif one := GIVEN.fullmatch(word):
                given.setdefault(one[1], set()).add(int(one[2]))
            else:
                raise ValueError(
                    f"--versions: {quoted(word)} is none of latest, latest:N and MODEL/VERSION"
                )
        if len(latest) > 1:
            counts = " and ".join(f"latest:{count}" for count in sorted(latest))
            raise ValueError(f"--versions: {counts} contradict each other")
        return cls(latest.pop() if latest else 1, given)


def _latest(count: int, word: str) -> int:
    if count > MAX_LATEST:
        raise ValueError(f"--versions: {quoted(word)} is above latest:{MAX_LATEST}")
    return count
