"""A plan: the versions of each model that are to be served, and their labels."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True)
class ModelPlan:
    """The versions of one model that are to be served; it can be sent to another process.

    Attributes:
        versions: the versions, the newest first, at least one.
        labels: version of each label; a label may name a version that is not served.
    """

    versions: tuple[int, ...]
    labels: Mapping[str, int] = field(default_factory=dict)


Plan = Mapping[str, ModelPlan]
"""The plan of each model to serve, by the name of the model."""
