"""Checking a request: every fault is found before any work, and told at once."""

from namesmith.vocabulary import UnknownCharacterError, Vocabulary
from namesmith_server.engine.errors import shown
from namesmith_server.service.errors import InvalidArgumentError, Violation


class Check:
    """Collects violations, so that a caller hears of all at once.

    Attributes:
        violations: so far.
    """

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def fail(self, field: str, description: str) -> None:
        """Adds a violation."""
        self.violations.append(Violation(field, description))

    def that(self, holds: bool, field: str, description: str) -> None:  # noqa: FBT001 - a check
        """Adds a violation unless something holds."""
        if not holds:
            self.fail(field, description)

    def within(self, field: str, value: float, low: int, high: int) -> None:
        """Adds a violation unless low <= value <= high."""
        if not low <= value <= high:  # not a number is within no bounds, written so
            self.fail(field, f"{value} is not in [{low}, {high}]")

    def encoded(self, field: str, text: str, vocabulary: Vocabulary) -> tuple[int, ...]:
        """The ids of the text; none and a violation where it holds an unknown character."""
        try:
            return tuple(vocabulary.encode(text))
        except UnknownCharacterError as error:
            self.fail(field, f"{error}: {shown(''.join(vocabulary.symbols[1:]))}")
            return ()

    def done(self) -> None:
        """Ends the checks.

        Raises:
            InvalidArgumentError: with all violations, where there are any.
        """
        if self.violations:
            raise InvalidArgumentError(self.violations)
