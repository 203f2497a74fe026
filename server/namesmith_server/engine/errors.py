"""The errors of the engine, without transport codes: ``grpc/status.py`` maps them.

EngineError
├── ConstraintError
│   ├── PatternError          a pattern is malformed, or costs too much
│   ├── TooComplexError       a constraint costs too much
│   └── CapacityError         fewer names satisfy a constraint than need unique ones
├── UnsatisfiableError        no name satisfies the constraint
├── TooRareError              the names that satisfy the constraint are too improbable to draw
├── GaveUpError               rejection sampling found no name that satisfies the constraint
├── NoChainError              only a model with a chain can answer the question
├── CannotBlendError          the models of a blend do not go together, or are too large together
├── UnknownSplitError         the model lacks the requested split
├── OverloadedError           too much work is in the server already
│   ├── ShareError            one caller or connection has too much of the work
│   └── CallerShareError      one caller has more work than any caller may have
├── BatchFailedError          the model failed on a batch that held the request
├── MemoryShortError          the server's memory is nearly used up
├── WorkTooLargeError         the work needs more memory than all that the server has for work
└── TooManyPendingError       too many new samplings or constraints are being prepared

Beside them stand a backend's DeviceMemoryError and DeviceLostError, which callers are told as well.
"""

from namesmith.quoting import MAX_QUOTED as MAX_SHOWN
from namesmith.quoting import shown
from namesmith_server.backends.base import DeviceLostError, DeviceMemoryError

__all__ = [
    "MAX_SHOWN",
    "BatchFailedError",
    "CallerShareError",
    "CannotBlendError",
    "CapacityError",
    "ConstraintError",
    "DeviceLostError",
    "DeviceMemoryError",
    "EngineError",
    "GaveUpError",
    "MemoryShortError",
    "NoChainError",
    "OverloadedError",
    "PatternError",
    "ShareError",
    "TooComplexError",
    "TooManyPendingError",
    "TooRareError",
    "UnknownSplitError",
    "UnsatisfiableError",
    "WorkTooLargeError",
    "shown",
]


class EngineError(Exception):
    """The base class of the engine's errors; the message is meant for the caller."""


class ConstraintError(EngineError):
    """A constraint is malformed, or costs too much.

    Attributes:
        field: path of the request's field that is at fault.
        description: description of the fault.
    """

    field = "constraint"

    def __init__(self, description: str, field: str = "") -> None:
        """Set the description, and the field where it is another than the class's."""
        self.field = field or self.field
        super().__init__(f"{self.field}: {description}")
        self.description = description


class TooFarError(ConstraintError):
    """The rows of a request cost too much: a model without a chain draws all rows before them."""

    field = "first_row"


class PatternError(ConstraintError):
    """A pattern is malformed, or costs too much."""

    field = "constraint.pattern"


class TooComplexError(ConstraintError):
    """A constraint costs too much, by itself or together with the request's other constraints."""


class CapacityError(ConstraintError):
    """Fewer names satisfy the constraint than numbers need unique names."""

    field = "capacity"

    def __init__(self, capacity: int, names: int) -> None:
        super().__init__(f"{capacity} is above {names}, the number of names that are admitted")


class UnsatisfiableError(EngineError):
    """No name has positive probability under the sampling and the constraint."""

    def __init__(
        self, message: str = "no name satisfies the constraint under this sampling"
    ) -> None:
        super().__init__(message)


class TooRareError(EngineError):
    """The names that satisfy the constraint are too improbable to be drawn."""

    def __init__(self, floor: float) -> None:
        super().__init__(
            f"names that satisfy the constraint have a probability below {floor} under this"
            " sampling, too small to draw them"
        )


class NoChainError(EngineError):
    """Only a model with a chain, of which a table is one, can answer the question."""

    def __init__(self) -> None:
        super().__init__(
            "only a model with a chain answers this, and this one is a network served as it is"
        )


class GaveUpError(EngineError):
    """Rejection sampling found no name that satisfies the constraint."""

    def __init__(
        self, rejected: int, reason: str = "this model has no chain, which would answer exactly"
    ) -> None:
        super().__init__(f"{rejected} candidates in a row did not satisfy the constraint; {reason}")


class CannotBlendError(EngineError):
    """The models of a blend do not go together, or their blend would be too large."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"these models cannot be blended: {reason}")


class UnknownSplitError(EngineError):
    """The model lacks the requested split.

    Attributes:
        split: name of the requested split.
        known: names of the splits that the model has.
    """

    def __init__(self, split: str, known: tuple[str, ...]) -> None:
        super().__init__(
            f"split {shown(split)} is unknown, the model has {', '.join(known) or 'none'}"
        )
        self.split = split
        self.known = known


class OverloadedError(EngineError):
    """Too much work is in the server already."""

    def __init__(self, more: int, busy: int, limit: int, unit: str = "names") -> None:
        super().__init__(
            f"{more} more {unit} are asked for while {busy} are in work, at most {limit} at once"
        )


class ShareError(OverloadedError):
    """One caller, or one connection, has too much of the work that the server does at once."""

    def __init__(self, more: int, held: int, share: int, unit: str = "names") -> None:
        EngineError.__init__(
            self,
            f"{more} more {unit} are asked for while this caller has {held} in work, its share"
            f" beside the others is at most {share} at once",
        )


class CallerShareError(OverloadedError):
    """One caller has more of the work than any caller may have."""

    def __init__(self, more: int, held: int, most: int, unit: str = "names") -> None:
        EngineError.__init__(
            self,
            f"{more} more {unit} are asked for while this caller has {held} in work, a caller has"
            f" at most {most} at once",
        )


class BatchFailedError(EngineError):
    """The model failed on a whole batch, through no fault of one of its requests."""

    def __init__(self) -> None:
        super().__init__("the model failed while it drew names for several calls at once")


class MemoryShortError(EngineError):
    """The server's memory is nearly used up; calls that need little memory are still answered."""

    def __init__(self) -> None:
        super().__init__("the server is short of memory for costly calls")


class WorkTooLargeError(EngineError):
    """Work needs more memory than the server has for all work together: it would fail again."""

    def __init__(self, needed: int, limit: int) -> None:
        super().__init__(
            f"the call takes at least {needed} bytes of memory on this model, and the server has"
            f" {limit} for it; simplify it, or raise --memory-limit"
        )


class TooManyPendingError(EngineError):
    """Too many questions wait, or too many new samplings, lengths or constraints are prepared."""

    def __init__(self, limit: int) -> None:
        super().__init__(
            f"{limit} other questions, or samplings, lengths or constraints that are new, are being"
            " prepared, at most that many at once"
        )
