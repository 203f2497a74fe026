"""The state of a version, as operators are told."""

from dataclasses import dataclass
from enum import Enum

from namesmith_server.app.models.labels import NO_LABELS
from namesmith_server.app.models.plan import ModelPlan, Plan, Version
from namesmith_server.app.models.rollout import Rollout


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


def state_of(version: Version, plan: Plan, rollout: Rollout) -> VersionState:
    """Return the state of a version of the repository, or of the plan.

    Args:
        version: the version.
        plan: the plan that is served; the same one for all versions of a list.
        rollout: the labels, the faults, and the versions that are being loaded.
    """
    name, number = version
    served = plan.get(name, ModelPlan(())).versions
    of_model = rollout.labels.get(name, NO_LABELS)
    labels = tuple(sorted(label for label, of in of_model.items() if of == number))
    if number in served:
        is_newest = served[0] == number
        return VersionState(name, number, State.SERVING, labels, is_newest=is_newest)
    if version in rollout.loading:
        return VersionState(name, number, State.LOADING, labels)
    fault = rollout.refusals.fault(version)
    state = State.REFUSED if fault else State.AVAILABLE
    return VersionState(name, number, state, labels, fault)
