"""The selection: of each model the newest version without a fault, or the pinned version."""

import logging
from collections.abc import Callable, Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING

from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import comparison, loader
from namesmith_server.app.loading.faults import fault_of
from namesmith_server.app.loading.probe import kill_probes, probe
from namesmith_server.app.loading.repository import find_models
from namesmith_server.app.loading.time_limit import TimeLimitError, in_time
from namesmith_server.app.settings import Settings
from namesmith_server.backends import BackendUnavailableError
from namesmith_server.engine import Ledger

if TYPE_CHECKING:
    from namesmith_server.grpc import ServedModel

NEWEST: Mapping[str, int] = MappingProxyType({})
"""The pinned versions of a server that serves the newest version of every model."""

log = logging.getLogger(__name__)


def load_repository(
    settings: Settings,
    executor: Executor,
    pinned: Mapping[str, int] = NEWEST,
    *,
    ledger: Ledger | None = None,
) -> list["ServedModel"]:
    """Load all models that the settings ask for, at least one.

    A version that has a fault is passed over, whatever its fault: the log says which, and the next
    older version is loaded.

    Args:
        settings: settings of the server.
        executor: threads for work of the models that would hold the event loop up.
        pinned: the version to load of each model; empty: the newest without a fault of each.
        ledger: counts the bytes of work, of all models of the process; None: no bound.

    Raises:
        LoadError: the repository or one of its models cannot be served, a pinned version has a
            fault, or this machine lacks the runtime or the device of the backend.
    """
    loader.read_trusted_keys(settings)  # which are no version's fault
    found = find_models(settings.models, tuple(pinned) or settings.wanted)
    seconds = settings.load_timeout
    load = partial(_load, settings=settings, executor=executor, ledger=ledger)
    return [
        _load_newest(settings.models / name, _choices(name, versions, pinned), seconds, load)
        for name, versions in found.items()
    ]


def name_of_default(served: Iterable["ServedModel"], settings: Settings) -> str:
    """Return the name of the model that answers calls without a model's name.

    Raises:
        LoadError: the settings ask for a model that is not served.
    """
    names = sorted(one.name for one in served)
    if settings.default_model and settings.default_model not in names:
        raise LoadError(f"default model {settings.default_model!r}: the models are {names}")
    return settings.default_model or names[0]


def _choices(name: str, versions: list[int], pinned: Mapping[str, int]) -> list[int]:
    """Return the versions of a model that may be served, the first choice first."""
    if not pinned:
        return versions
    if pinned[name] not in versions:
        raise LoadError(f"model {name}: version {pinned[name]}: there is no such version")
    return [pinned[name]]


def _load_newest(
    folder: Path, versions: list[int], seconds: float, load: Callable[[Path], "ServedModel"]
) -> "ServedModel":
    """Load the first version that has no fault; log the faults of the versions before.

    Args:
        folder: folder of the model.
        versions: versions, the first choice first.
        seconds: time that the load of a version may take.
        load: function that loads the version in a folder.
    """
    faults = []
    for version in versions:
        try:
            served = in_time(partial(load, folder / str(version)), seconds)
        except BackendUnavailableError as error:
            raise LoadError(f"model {folder.name}: version {version}: {error}") from error
        except Exception as error:  # noqa: BLE001 - whatever it is, the version before may have none
            if isinstance(error, TimeLimitError):
                kill_probes()
            fault = fault_of(error)
        else:
            _log_loaded(served)
            return served
        faults.append(f"version {version}: {fault}")
        refused = {"model": folder.name, "version": version, "reason": fault}
        log.warning("bundle refused", extra=refused)
    raise LoadError(f"model {folder.name}: {'; '.join(faults)}")


def _load(
    folder: Path, settings: Settings, executor: Executor, ledger: Ledger | None
) -> "ServedModel":
    """Load one version; a probe is first to meet files that could crash or hang a runtime."""
    from namesmith_server.grpc import ServedModel  # noqa: PLC0415 - a probe needs no gRPC

    bundle = loader.verify(folder, settings)
    is_foreign = loader.is_foreign(bundle, settings)
    if is_foreign:
        probe(folder, settings, bundle.manifest_bytes)
    version = loader.open_version(bundle, settings)
    backends.check_answers(version.backend, bundle)
    if not is_foreign:
        comparison.compare(version)
    model = loader.assemble(version, executor, ledger)
    return ServedModel(bundle.manifest.model, bundle.manifest.version, model, bundle.manifest)


def _log_loaded(served: "ServedModel") -> None:
    backend = served.model.backend
    loaded = {
        "model": served.name,
        "version": served.version,
        "backend": backend.name,
        "device": backend.device,
    }
    log.info("model loaded", extra=loaded)
