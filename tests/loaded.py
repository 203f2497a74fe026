"""The models of a repository, planned and loaded as a server does, without a server."""

from concurrent.futures import Executor

from namesmith_server.app.loading import VersionLoader
from namesmith_server.app.models import Controller, Faults, Plan, Version, versions_of
from namesmith_server.app.settings import Settings
from namesmith_server.grpc import ServedModel


class Holder:
    """A participant that holds what it has prepared, in the thread that asks.

    Attributes:
        loaded: versions that were prepared.
        plan: plan that was committed.
    """

    def __init__(self, settings: Settings, executor: Executor) -> None:
        self.loaded: dict[Version, ServedModel] = {}
        self.plan: Plan = {}
        self._loader = VersionLoader(settings, executor)

    def prepare(self, plan: Plan) -> Faults:
        """Load the versions of a plan."""
        loaded, faults = self._loader.load(
            one for one in versions_of(plan) if one not in self.loaded
        )
        self.loaded |= loaded
        return faults

    def commit(self, plan: Plan) -> None:
        """Hold the plan."""
        self.plan = plan


def load_repository(settings: Settings, executor: Executor) -> list[ServedModel]:
    """Return the versions of the first plan, by the names of the models, the newest first.

    Raises:
        LoadError: no version can be served.
    """
    holder = Holder(settings, executor)
    Controller(settings, (holder,)).start()
    return [holder.loaded[version] for version in versions_of(holder.plan)]
