"""Places that callers take: so many in all, and so many for one caller."""

from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager


class NoPlaceError(Exception):
    """All places are taken; the message says whose, and the option that bounds them."""


class Places:
    """Counted places.

    Args:
        most: largest number of places taken at once.
        share: largest number of places that one caller takes at once.
        noun: word for the thing that takes a place, in the plural.
        options: options that set ``most`` and ``share``; empty: none does.
    """

    def __init__(
        self, most: int, share: int, noun: str, options: tuple[str, str] = ("", "")
    ) -> None:
        self._most, self._share = most, share
        self._noun, self._options = noun, options
        self._taken = Counter[str]()

    @contextmanager
    def taken(self, caller: str) -> Iterator[None]:
        """Hold a place for a caller.

        Raises:
            NoPlaceError: there is none left, or none for this caller.
        """
        for taken, most, whose, option in (
            (self._taken.total(), self._most, "", self._options[0]),
            (self._taken[caller], self._share, " of this address", self._options[1]),
        ):
            if taken >= most:
                told = f"{most} {self._noun}{whose} are in flight"
                raise NoPlaceError(f"{told} ({option})" if option else told)
        self._taken[caller] += 1
        try:
            yield
        finally:
            self._taken[caller] -= 1
            self._taken += Counter()  # forgets the callers who hold none
