"""The planner: from all that is known of a repository to the plan."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace

from namesmith_server.app.models.labels import NO_LABELS, Labels
from namesmith_server.app.models.plan import ModelPlan, Plan, Version, default_of
from namesmith_server.app.version_policy import VersionPolicy

WHOLE = 0
"""In the place of a version: the whole model."""


@dataclass(frozen=True)
class Orders:
    """The orders of operators since the start, which win over the policy.

    Attributes:
        loaded: versions that are served whatever the policy says.
        unloaded: versions that are not served whatever the policy says; a ``WHOLE`` model is served
            in its loaded versions alone.
    """

    loaded: frozenset[Version] = frozenset()
    unloaded: frozenset[Version] = frozenset()

    def with_loaded(self, version: Version) -> "Orders":
        """Return the orders with a version that is served."""
        return Orders(self.loaded | {version}, self.unloaded - {version})

    def with_unloaded(self, version: Version) -> "Orders":
        """Return the orders with a version, or a ``WHOLE`` model, that is not served."""
        model, number = version
        gone = {one for one in self.loaded if one[0] == model and number in {WHOLE, one[1]}}
        return Orders(self.loaded - gone, self.unloaded | {version})

    def with_policy(self, model: str) -> "Orders":
        """Return the orders with a model of which nothing is unloaded: the policy decides again."""
        return Orders(self.loaded, frozenset(one for one in self.unloaded if one[0] != model))


NO_ORDERS = Orders()


@dataclass(frozen=True)
class Knowledge:
    """All that a plan depends on.

    Attributes:
        found: versions of each model of the repository, the newest first.
        policy: the version policy.
        labels: labels of each model.
        orders: orders of operators.
        refused: versions that have a fault.
        served: the plan that is served.
    """

    found: Mapping[str, Collection[int]]
    policy: VersionPolicy
    labels: Mapping[str, Labels] = field(default_factory=dict)
    orders: Orders = NO_ORDERS
    refused: Collection[Version] = ()
    served: Plan = field(default_factory=dict)


def plan_of(known: Knowledge) -> Plan:
    """Return the plan of all models, by name.

    A model keeps the versions that are served where every other version has a fault. A model that
    operators have unloaded stands in no plan. The default model stays the default for as long as it
    is served; another one is the first by name.
    """
    plan = {}
    for name in sorted(known.found):
        versions = _versions(name, known)
        is_unloaded = any(model == name for model, _ in known.orders.unloaded)
        if versions or not is_unloaded:
            newest_first = tuple(sorted(versions, reverse=True))
            plan[name] = ModelPlan(newest_first, known.labels.get(name, NO_LABELS))
    served = [name for name, model in plan.items() if model.versions]
    before = default_of(known.served)
    default = before if before in served else next(iter(served), "")
    if default:
        plan[default] = replace(plan[default], is_default=True)
    return plan


def _versions(name: str, known: Knowledge) -> set[int]:
    """Return the versions of a model to serve."""
    policy, orders = known.policy, known.orders
    usable = [
        version
        for version in known.found[name]
        if (name, version) not in known.refused and (name, version) not in orders.unloaded
    ]
    asked = {version for model, version in orders.loaded if model == name}
    if (name, WHOLE) not in orders.unloaded:
        if name in policy.given:
            asked |= set(policy.given[name])
        else:
            asked |= {*usable[: policy.latest], *known.labels.get(name, NO_LABELS).values()}
    return asked & set(usable) or _kept(name, known)


def _kept(name: str, known: Knowledge) -> set[int]:
    """Return the versions that are served, which go on where no other version can be."""
    served, unloaded = known.served.get(name, ModelPlan(())), known.orders.unloaded
    if not known.found[name] or (name, WHOLE) in unloaded:
        return set()
    return {version for version in served.versions if (name, version) not in unloaded}
