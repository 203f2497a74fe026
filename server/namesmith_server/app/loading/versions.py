"""Versions in memory: each is loaded within its time, and its fault is told."""

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.loading import comparison, loader
from namesmith_server.app.loading.digest import check_digest
from namesmith_server.app.loading.faults import fault_of
from namesmith_server.app.loading.probe import kill_probes, probe
from namesmith_server.app.loading.time_limit import TimeLimitError, in_time
from namesmith_server.app.settings import Settings
from namesmith_server.backends import BackendUnavailableError
from namesmith_server.engine import Ledger

if TYPE_CHECKING:
    from namesmith_server.grpc import ServedModel

Version = tuple[str, int]
"""A version of a model: the name of the model, and the version's number."""

log = logging.getLogger(__name__)


class VersionLoader:
    """Loads versions of the models of one repository, one after the other."""

    def __init__(
        self, settings: Settings, executor: Executor, ledger: Ledger | None = None
    ) -> None:
        """Set the parts that all versions share.

        Args:
            settings: settings of the server.
            executor: threads for work of the models that would hold the event loop up.
            ledger: counts the bytes of work, of all models of the process; None: no bound.
        """
        self._settings = settings
        self._executor = executor
        self._ledger = ledger

    def load(
        self, versions: Iterable[Version], digests: Mapping[Version, str] | None = None
    ) -> tuple[dict[Version, "ServedModel"], dict[Version, str]]:
        """Return the versions that are loaded, and the faults of the others.

        Args:
            versions: the versions.
            digests: SHA-256, in hexadecimal, that the manifest of a version must have.

        Raises:
            LoadError: the trusted keys cannot be read, or this machine lacks the runtime or the
                device of the backend.
        """
        loader.read_trusted_keys(self._settings)  # which are no version's fault
        loaded: dict[Version, ServedModel] = {}
        faults: dict[Version, str] = {}
        for name, version in versions:
            folder = self._settings.models / name / str(version)
            try:
                digest = (digests or {}).get((name, version), "")
                load = partial(self._load, folder, digest)
                served = in_time(load, self._settings.load_timeout)
            except BackendUnavailableError as error:
                for one in loaded.values():
                    one.model.close()
                raise LoadError(f"model {name}: version {version}: {error}") from error
            except Exception as error:  # noqa: BLE001 - whatever it is, other versions may have none
                if isinstance(error, TimeLimitError):
                    kill_probes()
                faults[name, version] = fault_of(error)
            else:
                loaded[name, version] = served
                _log_loaded(served)
        return loaded, faults

    def _load(self, folder: Path, digest: str) -> "ServedModel":
        """Load one version; a probe is first to meet files that could crash or hang a runtime."""
        from namesmith_server.grpc import ServedModel  # noqa: PLC0415 - a probe needs no gRPC

        bundle = loader.verify(folder, self._settings)
        check_digest(bundle, digest)
        is_foreign = loader.is_foreign(bundle, self._settings)
        if is_foreign:
            probe(folder, self._settings, bundle.manifest_bytes)
        version = loader.open_version(bundle, self._settings)
        backends.check_answers(version.backend, bundle)
        if not is_foreign:
            comparison.compare(version)
        model = loader.assemble(version, self._executor, self._ledger)
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
