"""The state of a version, as operators are told."""

from dataclasses import dataclass
from enum import Enum


class State(Enum):
    """The state of a version; the names are those of the protocol."""

    AVAILABLE = "in the repository, and not asked for"
    LOADING = "asked for, and being loaded"
    SERVING = "answers calls"
    REFUSED = "has a fault, and never answers a call"


@dataclass(frozen=True)
class VersionState:
    """A version of a model and its state.

    Attributes:
        model: name of the model.
        version: version, >= 1.
        state: state of the version.
        labels: labels of the version, in the order of the alphabet.
        fault: reason of a refusal; empty in other states.
        is_newest: whether the version answers calls that name neither a version nor a label.
    """

    model: str
    version: int
    state: State
    labels: tuple[str, ...] = ()
    fault: str = ""
    is_newest: bool = False
