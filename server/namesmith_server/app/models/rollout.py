"""The rollout of a change: every process prepares a plan, and then every process commits it."""

import logging
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from namesmith.quoting import printable
from namesmith_server.app.loading import manifest_digest
from namesmith_server.app.models.labels import (
    NO_LABELS,
    Labels,
    LabelsError,
    labelled,
    read_labels,
    write_label,
)
from namesmith_server.app.models.participant import Faults, Participant
from namesmith_server.app.models.plan import (
    ModelPlan,
    Plan,
    Version,
    digest_in,
    invalid_models,
    versions_of,
)
from namesmith_server.app.models.planner import Knowledge, Orders, plan_of
from namesmith_server.app.models.refusals import Refusals
from namesmith_server.app.models.together import prepare_together
from namesmith_server.app.version_policy import VersionPolicy

OnChange = Callable[[str], object]
"""A function that is told the outcome of a change, for each version: ``loaded``, ``refused`` or
``retired``; or ``unchanged``, of a reload that changed nothing; or ``refused``, of the looks that
meet a repository that cannot be read, or a machine that lacks a runtime."""

log = logging.getLogger(__name__)


class RefusedError(Exception):
    """A change cannot be made; the message says why."""


@dataclass(frozen=True)
class Change:
    """A change to make.

    Attributes:
        found: versions of each model of the repository, the newest first.
        orders: orders of operators.
        wanted: version that must be served behind the change; None: any.
        label: name of a model, a label of it, and the version that the label is to name, 0: none,
            which is written; None: labels stay.
        check: function that is called with the plan before it is committed, and may raise.
    """

    found: Mapping[str, Collection[int]]
    orders: Orders
    wanted: Version | None = None
    label: tuple[str, str, int] | None = None
    check: Callable[[Plan], object] = lambda _: None


class Rollout:
    """Makes changes, one at a time.

    Attributes:
        plan: the plan that is served; exchanged as a whole.
        labels: labels of each model.
        loading: versions that are being prepared.
        refusals: versions that have a fault.
    """

    def __init__(
        self,
        models: Path,
        policy: VersionPolicy,
        participants: Collection[Participant],
        on_change: OnChange,
    ) -> None:
        """Set the folder of the repository, the policy, and the processes that serve."""
        self.plan: Plan = {}
        self.labels: Mapping[str, Labels] = {}
        self.loading: Collection[Version] = ()
        self.refusals = Refusals(models)
        self._has_begun = False
        self._has_prepared = False
        self._label_faults: Mapping[str, str] = {}
        self._models = models
        self._policy = policy
        self._participants = participants
        self._on_change = on_change

    def make(self, change: Change) -> None:
        """Make a change on every process, or on none.

        Raises:
            RefusedError: the wanted version or the file of labels has a fault, or the file cannot
                be written.
            LoadError: this machine lacks a runtime or a device.
        """
        self.refusals.forget_replaced()
        before = self._read_labels(change.found)
        try:
            self._label(change)
            plan = self._prepare(change)
            change.check(plan)
            self._write_label(change)
        except BaseException:
            self.labels = before
            self._drop_prepared()
            raise
        finally:
            self.loading = ()
        self._commit(plan)

    def refuse_served(self, faults: Faults) -> None:
        """Note the faults that a process has met which comes later, of versions that are served.

        The next change serves others in their place, where there are any.
        """
        self.refusals.forget_replaced()
        new = set(faults) & set(versions_of(self.plan)) - set(self.refusals.versions)
        self.refusals.identify(new)
        for version in new:
            self._refuse(version, faults[version])

    def fault(self, model: str) -> str:
        """Return the faults of all versions of a model."""
        faults = self.refusals.faults(model)
        given = ", ".join(map(str, sorted(self._policy.given.get(model, ()), reverse=True)))
        missing = f"none of the given versions {given} is there"
        return faults or (missing if given else "there is no version")

    def _prepare(self, change: Change) -> Plan:
        """Return a plan that every process has prepared: of each model without refused versions."""
        known = Knowledge(change.found, self._policy, self.labels, change.orders, served=self.plan)
        digests = {one: digest_in(self.plan, one) for one in versions_of(self.plan)}
        while True:
            plan = plan_of(replace(known, refused=self.refusals.versions))
            plan = {name: self._identified(name, one, digests) for name, one in plan.items()}
            self.loading = set(versions_of(plan)) - set(versions_of(self.plan))
            self.refusals.identify(self.loading)
            self._has_prepared |= bool(self.loading)
            faults = prepare_together(self._participants, plan)
            for version, fault in faults.items():
                self._refuse(version, fault)
            if change.wanted and (fault := self.refusals.fault(change.wanted)):
                name, number = change.wanted
                raise RefusedError(f"version {number} of model {name}: {fault}")
            if not faults:
                return plan

    def _identified(self, name: str, model: ModelPlan, digests: dict[Version, str]) -> ModelPlan:
        """Return the plan of a model with the digests of its versions, which are read once."""
        for number in model.versions:
            if (name, number) not in digests:
                digests[name, number] = manifest_digest(self._models / name / str(number))
        return replace(model, digests={one: digests[name, one] for one in model.versions})

    def _refuse(self, version: Version, fault: str) -> None:
        self.refusals.add(version, fault)
        name, number = version
        log.warning("bundle refused", extra={"model": name, "version": number, "reason": fault})
        self._on_change("refused")

    def _commit(self, plan: Plan) -> None:
        """Have every process serve a plan, and tell the changes."""
        before, served = self.plan, set(versions_of(self.plan))
        if plan == before and self._has_begun:
            self._drop_prepared()
            return
        self._commit_on_all(plan)
        self.plan, self._has_begun = plan, True
        for name in set(invalid_models(plan)) - set(invalid_models(before)):
            log.error("model not served", extra={"model": name, "reason": self.fault(name)})
        for name, number in sorted(served - set(versions_of(plan))):
            log.info("model retired", extra={"model": name, "version": number})
            self._on_change("retired")
        for _ in set(versions_of(plan)) - served:
            self._on_change("loaded")

    def _drop_prepared(self) -> None:
        """Have every process drop the versions that it has prepared for a plan that never was."""
        if self._has_prepared:
            self._commit_on_all(self.plan)

    def _commit_on_all(self, plan: Plan) -> None:
        for participant in tuple(self._participants):
            participant.commit(plan)
        self._has_prepared = False

    def _read_labels(self, found: Mapping[str, Collection[int]]) -> Mapping[str, Labels]:
        """Read the labels of all models; a model whose file has a fault keeps the ones before."""
        labels, faults = {}, {}
        for name in found:
            try:
                labels[name] = read_labels(self._models / name)
            except LabelsError as error:
                labels[name] = self.labels.get(name, NO_LABELS)
                faults[name] = printable(str(error))
                if self._label_faults.get(name) != faults[name]:
                    told = {"model": name, "reason": faults[name]}
                    log.warning("labels refused", extra=told)
        self.labels, self._label_faults = labels, faults
        return labels

    def _label(self, change: Change) -> None:
        """Plan with the label of a change, beside the other labels of the file."""
        if change.label is None:
            return
        name, label, version = change.label
        if name in self._label_faults:
            raise RefusedError(self._label_faults[name])
        self.labels = {**self.labels, name: labelled(self.labels[name], label, version)}

    def _write_label(self, change: Change) -> None:
        """Write the label of a change, once nothing else can refuse it."""
        if change.label is None:
            return
        name, label, version = change.label
        try:
            write_label(self._models / name, label, version)
        except LabelsError as error:
            raise RefusedError(str(error)) from error
