"""A plan: the versions of each model that are to be served, and their labels."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

Version = tuple[str, int]
"""A version of a model: the name of the model, and the version's number."""


@dataclass(frozen=True)
class ModelPlan:
    """The versions of one model that are to be served; it can be sent to another process.

    Attributes:
        versions: the versions, the newest first; none for a model of which no version can be
            served, whose health is NOT_SERVING.
        labels: version of each label; a label may name a version that is not served.
        digests: SHA-256 of the manifest of each version, in hexadecimal; a process that finds
            another manifest refuses the version. Empty where the manifest cannot be read.
        is_default: whether calls without a model's name mean this model, where the settings name
            none.
    """

    versions: tuple[int, ...]
    labels: Mapping[str, int] = field(default_factory=dict)
    digests: Mapping[int, str] = field(default_factory=dict)
    is_default: bool = False


Plan = Mapping[str, ModelPlan]
"""The plan of each model, by the name of the model."""


def versions_of(plan: Plan) -> Iterator[Version]:
    """Iterate over the versions of a plan, by model, the newest first."""
    return ((name, version) for name, model in plan.items() for version in model.versions)


def digest_in(plan: Plan, version: Version) -> str:
    """Return the digest that a plan holds of a version; empty without one."""
    name, number = version
    return plan[name].digests.get(number, "")


def default_of(plan: Plan) -> str:
    """Return the name of the default model of a plan; empty without one."""
    return next((name for name, model in plan.items() if model.is_default), "")


def invalid_models(plan: Plan) -> tuple[str, ...]:
    """Return the names of the models of which no version can be served."""
    return tuple(name for name, model in plan.items() if not model.versions)
