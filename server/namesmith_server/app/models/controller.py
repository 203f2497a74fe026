"""The controller: decides which versions all processes of a server serve, one change at a time."""

import logging
from collections.abc import Collection
from functools import partial
from threading import Lock

from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import Found, Repository
from namesmith_server.app.models.asked_version import version_among
from namesmith_server.app.models.labels import NO_LABELS, Labels
from namesmith_server.app.models.participant import Faults, Participant
from namesmith_server.app.models.plan import Plan, Version, default_of, versions_of
from namesmith_server.app.models.planner import NO_ORDERS, WHOLE, Orders
from namesmith_server.app.models.rollout import Change, OnChange, RefusedError, Rollout
from namesmith_server.app.models.start_check import check_start
from namesmith_server.app.models.version_state import VersionState, list_states, state_of
from namesmith_server.app.settings import Settings
from namesmith_server.app.version_policy import VersionPolicy
from namesmith_server.grpc import ChangeRefusedError, StoppingError

log = logging.getLogger(__name__)


class Controller:
    """Changes which versions are served; every process makes a change, or none does.

    Its methods block, for as long as loads take: they are called in a thread, never on an event
    loop. Changes wait for each other; ``list_versions`` waits for none.
    """

    def __init__(
        self,
        settings: Settings,
        participants: Collection[Participant],
        on_change: OnChange = lambda _: None,
        orders: Orders = NO_ORDERS,
    ) -> None:
        """Set the processes that serve, at least one; the collection may change meanwhile.

        The orders are those of before the start.
        """
        self._settings = settings
        self._repository = Repository(settings.models, settings.wanted)
        policy = VersionPolicy.parse(settings.versions)
        self._rollout = Rollout(settings.models, policy, participants, on_change)
        self._on_change = on_change
        self._orders = orders
        self._stopping = False
        self._told = ""  # the reason for which the last change was refused
        self._turn = Lock()

    @property
    def plan(self) -> Plan:
        """The plan that is served."""
        return self._rollout.plan

    def start(self) -> None:
        """Serve the first plan; with ``watch`` in the settings it may hold no version yet.

        Raises:
            LoadError: the repository cannot be read; or it has no version that can be served, or a
                model without one and the settings are strict; or the default model is not there,
                and the settings do not watch; or this machine lacks a runtime or a device.
        """
        with self._turn:
            found = self._repository.look()
            if not self._settings.watch:
                found.require(self._settings.wanted)
            check = partial(check_start, self._settings, self._rollout.fault)
            self._rollout.make(Change(self._versions(found), self._orders, check=check))

    def reload(self) -> tuple[VersionState, ...]:
        """Look at the repository, and serve what the policy and the orders say.

        Versions that were refused are tried again.

        Returns every version of the repository, by model, the newest first.

        Raises:
            ChangeRefusedError: the repository cannot be read, or this machine lacks a runtime; the
                versions that are served are as they were.
            StoppingError: the server is stopping.
        """
        with self._turn:
            before = self.plan
            self._rollout.refusals.forget_all()
            self._told = ""
            self._change(self._orders)
            if set(versions_of(before)) == set(versions_of(self.plan)):
                self._on_change("unchanged")
        return self.list_versions()

    def look(self) -> None:
        """Look at the repository as ``reload`` does, and try no version again that was refused.

        No look is counted that changes nothing; what refuses one look after another is told once.

        Raises:
            ChangeRefusedError, StoppingError: as ``reload``.
        """
        with self._turn:
            self._change(self._orders)

    def load(self, model: str, version: int = WHOLE) -> VersionState:
        """Serve a version, whatever the policy says.

        For version 0 the policy decides again, as before any unload of the model: later versions
        take the place of the newest. Returns the version, or the newest that is served for 0.

        Raises:
            UnknownModelError, UnknownVersionError: the repository lacks the model or the version.
            ChangeRefusedError: the version, or the newest for 0, has a fault, which is told.
            StoppingError: the server is stopping.
        """
        with self._turn:
            found = self._look()
            wanted = version_among(found.versions, model, version)
            for one in found.versions[model] if version == WHOLE else (wanted[1],):
                self._rollout.refusals.forget((model, one))
            if version == WHOLE:
                self._change(self._orders.with_policy(model), wanted)
                served = self.plan[model].versions
                wanted = (model, served[0]) if served else wanted
            else:
                self._change(self._orders.with_loaded(wanted), wanted)
        return state_of(wanted, self.plan, self._rollout)

    def unload(self, model: str, version: int = WHOLE) -> tuple[VersionState, ...]:
        """Stop serving a version, or a whole model; return the versions, the newest first.

        Raises:
            UnknownModelError, UnknownVersionError: the model or the version is not served.
            ChangeRefusedError: as ``reload``.
            StoppingError: the server is stopping.
        """
        with self._turn:
            before = set(versions_of(self.plan))
            served = {name: one.versions for name, one in self.plan.items() if one.versions}
            version_among(served, model, version, "is not served, but")
            self._change(self._orders.with_unloaded((model, version)))
            gone = sorted(before - set(versions_of(self.plan)), reverse=True)
        return tuple(state_of(one, self.plan, self._rollout) for one in gone)

    def set_label(self, model: str, label: str, version: int) -> Labels:
        """Give a label to a version, 0: to none; return the labels of the model.

        The version is loaded before the repository's file of labels is written, where the policy
        is not of given versions.

        Raises:
            UnknownModelError, UnknownVersionError: the repository lacks the model or the version.
            ChangeRefusedError: the version or the file of labels has a fault, or the file cannot be
                written.
            StoppingError: the server is stopping.
        """
        with self._turn:
            wanted = version_among(self._look().versions, model, version)
            self._change(self._orders, wanted if version else None, (model, label, version))
        return self._rollout.labels.get(model, NO_LABELS)

    def list_versions(self, model: str = "") -> tuple[VersionState, ...]:
        """Return the versions of a model, or of every model, by model, the newest first.

        Raises:
            UnknownModelError: the repository lacks the model, and it is not served.
            ChangeRefusedError: the repository cannot be read.
            StoppingError: the server is stopping.
        """
        return list_states(self._look().versions, self.plan, self._rollout, model)

    def replace_refused(self, faults: Faults) -> None:
        """Serve others in the place of versions that a process refuses which comes later.

        A version goes on where there is no other of its model.

        Raises:
            ChangeRefusedError, StoppingError: as ``reload``.
        """
        with self._turn:
            self._rollout.refuse_served(faults)
            self._change(self._orders, keep=True)

    def stop(self) -> None:
        """Refuse every change from now on, also one that is being prepared."""
        self._stopping = True

    def _change(
        self,
        orders: Orders,
        wanted: Version | None = None,
        label: tuple[str, str, int] | None = None,
        *,
        keep: bool = False,
    ) -> None:
        """Serve what the repository and some orders say; ``wanted`` must be among it.

        With ``keep``, no model is dropped because the repository holds it no more.
        """
        versions = self._versions(self._look())
        if keep:
            served = {name: one.versions for name, one in self.plan.items()}
            versions |= {name: all_ for name, all_ in served.items() if not versions.get(name)}
        default = default_of(self.plan)
        try:
            self._rollout.make(Change(versions, orders, wanted, label, self._check_running))
        except LoadError as error:
            raise self._refused(error) from error
        except RefusedError as error:
            log.error("change refused", extra={"reason": str(error)})  # noqa: TRY400 - it is expected
            raise ChangeRefusedError(str(error)) from error
        self._orders, self._told = orders, ""
        if not self._settings.default_model and default_of(self.plan) != default != "":
            told = {"model": default_of(self.plan), "before": default}
            log.warning("default model changed", extra=told)

    def _look(self) -> Found:
        """Look at the repository, for a change or a list."""
        self._check_running()
        try:
            return self._repository.look()
        except LoadError as error:
            raise self._refused(error) from error

    def _refused(self, error: LoadError) -> ChangeRefusedError:
        """Return the error of a look that no version is to blame for; tell and count it once."""
        reason = str(error)
        if reason != self._told:
            self._told = reason
            log.error("change refused", extra={"reason": reason})
            self._on_change("refused")
        return ChangeRefusedError(reason)

    def _versions(self, found: Found) -> dict[str, tuple[int, ...]]:
        """Return the versions of each model that is found, none for one that is waited for.

        A model whose folder is there, but cannot be read for now, keeps the versions of the plan.
        """
        waited_for = self._settings.wanted if self._settings.watch else ()
        plan = self.plan
        kept = {name: plan[name].versions for name in found.unreadable if name in plan}
        return {**dict.fromkeys(waited_for, ()), **kept, **found.versions}

    def _check_running(self, _plan: Plan | None = None) -> None:
        """Refuse whatever comes once the server is stopping."""
        if self._stopping:
            raise StoppingError
