"""The models of one process: versions are loaded beside the ones that serve, and let go."""

import asyncio
import gc
import logging
import weakref
from collections.abc import Awaitable, Callable, Collection, Iterable
from concurrent.futures import Executor
from functools import partial

from namesmith_server.app.daemon_thread import in_daemon_thread
from namesmith_server.app.loading import VersionLoader
from namesmith_server.app.models.participant import Faults
from namesmith_server.app.models.plan import (
    Plan,
    Version,
    default_of,
    digest_in,
    invalid_models,
    versions_of,
)
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Ledger, Model, return_memory
from namesmith_server.grpc import Catalog, HealthService, ServedModel

log = logging.getLogger(__name__)

Lead = Callable[["ModelManager"], Awaitable[Callable[[], object]]]
"""A function that has a manager serve its first plan and, in a thread or a task, the later ones; it
returns the function that ends that."""

OnCommit = Callable[[Collection[ServedModel], Collection[str]], object]
"""A function that is called with the versions that are served, which it must not keep beyond the
next call, and with the names of the models of which no version can be served."""


class ModelManager:
    """Prepares and commits plans; used from one event loop.

    A version that no plan holds any more is in memory until its last call has ended.

    Attributes:
        plan: the plan that is served.
    """

    def __init__(  # noqa: PLR0913, PLR0917 - the parts that models have to do with
        self,
        settings: Settings,
        catalog: Catalog,
        health: HealthService,
        executor: Executor,
        ledger: Ledger,
        on_first: Callable[[], object] = lambda: None,
        on_commit: OnCommit = lambda _served, _invalid: None,
    ) -> None:
        """Set the parts of the process that models have to do with.

        Args:
            settings: settings of the server.
            catalog: catalog that calls look into.
            health: service that reports the health of each model.
            executor: threads for work of the models that would hold the event loop up.
            ledger: counts the bytes of work, of all models of the process.
            on_first: function that is called before the first models are served.
            on_commit: function that is called after every change.
        """
        self.plan: Plan = {}
        self._settings = settings
        self._catalog = catalog
        self._health = health
        self._loader = VersionLoader(settings, executor, ledger)
        self._on_first = on_first
        self._on_commit = on_commit
        self._served: dict[Version, ServedModel] = {}
        self._prepared: dict[Version, ServedModel] = {}
        self._had_models = False
        self._ending: set[asyncio.Task[None]] = set()
        health.report_models({})

    async def prepare(self, plan: Plan) -> Faults:
        """Load and warm up the versions of a plan that are neither served nor prepared yet.

        Returns the faults of the versions that cannot be served.

        Raises:
            LoadError: this machine lacks a runtime or a device, or the trusted keys are lost.
        """
        there = self._served.keys() | self._prepared.keys()
        missing = [version for version in versions_of(plan) if version not in there]
        if not missing:
            return {}
        digests = {version: digest_in(plan, version) for version in missing}
        loaded, faults = await in_daemon_thread(lambda: self._loader.load(missing, digests))
        self._prepared |= loaded
        return faults

    async def commit(self, plan: Plan) -> None:
        """Serve a prepared plan from the next call on, and nothing else."""
        there = self._served | self._prepared
        served = {version: there[version] for version in versions_of(plan)}
        default = self._settings.default_model or default_of(plan)
        if served and not self._had_models:
            self._on_first()
        labels = {name: model.labels for name, model in plan.items()}
        self._catalog.fill(served.values(), default, labels)
        unused = [one for version, one in there.items() if version not in served]
        self.plan, self._served, self._prepared = plan, served, {}
        self._watch_devices(served.values())
        self._report_health()
        self._on_commit(served.values(), invalid_models(plan))
        if served and not self._had_models:
            self._had_models = True
            freeze_heap()
        self._retire(unused)

    def _watch_devices(self, versions: Iterable[ServedModel]) -> None:
        """Have the log and the health of a model tell when the device of a version fails."""
        loop = asyncio.get_running_loop()
        for served in versions:
            told = {"model": served.name, "version": served.version}
            served.model.backend.on_lost = partial(self._tell_loss, loop, told)

    def _tell_loss(
        self, loop: asyncio.AbstractEventLoop, told: dict[str, object], error: Exception
    ) -> None:
        """Tell of a device that has failed; whichever thread has met it."""
        log.error("device lost", extra={**told, "error": str(error)})
        loop.call_soon_threadsafe(self._report_health)

    def _report_health(self) -> None:
        """Report each model as well whose newest version can answer."""
        self._health.report_models({name: self._is_well(name) for name in self.plan})

    def _is_well(self, name: str) -> bool:
        newest = self.plan[name].versions[:1]
        return any(self._served[name, one].model.backend.lost is None for one in newest)

    def _retire(self, versions: list[ServedModel]) -> None:
        """Let versions go, each as soon as no call refers to it; empty the list."""
        loop = asyncio.get_running_loop()
        while versions:
            served = versions.pop()
            name, version, model = served.name, served.version, served.model
            done = weakref.finalize(served, self._let_go_soon, loop, name, version, model)
            done.atexit = False
            del served, model

    def _let_go_soon(
        self, loop: asyncio.AbstractEventLoop, name: str, version: int, model: Model
    ) -> None:
        """Let a version go that nothing refers to; whichever thread has dropped it."""
        loop.call_soon_threadsafe(self._begin_end, name, version, model)

    def _begin_end(self, name: str, version: int, model: Model) -> None:
        ending = asyncio.ensure_future(self._end(name, version, model))
        self._ending.add(ending)
        ending.add_done_callback(self._ending.discard)

    async def _end(self, name: str, version: int, model: Model) -> None:
        """End the threads of a version, and give its memory back."""
        model.forget()
        await asyncio.to_thread(model.close)
        del model
        await asyncio.sleep(0)
        collect_heap()
        await asyncio.to_thread(return_memory)
        log.info("model unloaded", extra={"model": name, "version": version})


def freeze_heap() -> None:
    """Exempt the loaded objects from garbage collection."""
    gc.collect()
    gc.freeze()


def collect_heap() -> None:
    """Collect what was exempt too, and exempt what is left."""
    gc.unfreeze()
    freeze_heap()
