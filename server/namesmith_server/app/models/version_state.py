"""The state of a version, as operators are told."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from enum import Enum

from namesmith_server.app.models.labels import NO_LABELS
from namesmith_server.app.models.plan import ModelPlan, Plan, Version, versions_of
from namesmith_server.app.models.rollout import Rollout
from namesmith_server.grpc import UnknownModelError


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


def list_states(
    found: Mapping[str, Collection[int]], plan: Plan, rollout: Rollout, model: str = ""
) -> tuple[VersionState, ...]:
    """Return the states of the versions that are found or planned, by model, the newest first.

    Args:
        found: versions of each model of the repository.
        plan: the plan that is served.
        rollout: as for ``state_of``.
        model: name of the model whose versions are listed; empty: of every model.

    Raises:
        UnknownModelError: the model is neither found nor planned.
    """
    known = {(name, version) for name, versions in found.items() for version in versions}
    known |= set(versions_of(plan))
    names = {*found, *plan}
    if model and model not in names:
        raise UnknownModelError(model, tuple(sorted(names)), "model")
    listed = sorted(known, key=lambda one: (one[0], -one[1]))
    return tuple(state_of(one, plan, rollout) for one in listed if model in {"", one[0]})
