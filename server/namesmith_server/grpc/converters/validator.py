"""Checks of a request: every violation is found before any work, and reported in one error."""

from namesmith.vocabulary import UnknownCharacterError, Vocabulary
from namesmith_server.engine import shown
from namesmith_server.grpc.errors import InvalidArgumentError, Violation


class Validator:
    """A collection of violations, so that one error reports all violations to the caller.

    Attributes:
        violations: violations found so far.
    """

    def __init__(self) -> None:
        self.violations: list[Violation] = []

    def fail(self, field: str, description: str) -> None:
        """Add a violation."""
        self.violations.append(Violation(field, description))

    def require(self, holds: bool, field: str, description: str) -> None:  # noqa: FBT001 - a check
        """Add a violation unless a condition holds."""
        if not holds:
            self.fail(field, description)

    def in_range(self, field: str, value: float, low: float, high: float) -> None:
        """Add a violation unless low <= value <= high."""
        if not low <= value <= high:  # not-a-number is within no bounds, written so
            self.fail(field, f"{value} is not in [{low}, {high}]")

    def encode(self, field: str, text: str, vocabulary: Vocabulary) -> tuple[int, ...]:
        """Return the ids of a text; for an unknown character, add a violation and return ()."""
        try:
            return tuple(vocabulary.encode(text))
        except UnknownCharacterError as error:
            other = error.character.swapcase()
            hint = f", {shown(other)} is" if other in vocabulary.ids else ""
            self.fail(field, f"{error}{hint}: {shown(''.join(vocabulary.symbols[1:]))}")
            return ()

    def raise_if_invalid(self) -> None:
        """End the checks.

        Raises:
            InvalidArgumentError: there is a violation; the error holds all violations.
        """
        if self.violations:
            raise InvalidArgumentError(self.violations)
