"""Loading: from a repository on disk to models in memory.

Every file of a bundle is verified before any parser opens the file. Of each model the newest
version whose bundle has no fault is served.
"""

import logging
from collections.abc import Iterable, Mapping
from concurrent.futures import Executor
from pathlib import Path
from types import MappingProxyType

from namesmith import bundle as files
from namesmith.bundle import Bundle, BundleError
from namesmith.manifest import log_prob_difference_bound
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.settings import Settings
from namesmith_server.backends import Backend, BackendError, TableBackend
from namesmith_server.engine import CanonicalLogProbs, Chain, assemble_model, one_at_a_time
from namesmith_server.grpc import ServedModel

CANONICAL = "onnx"
"""Name of the backend that decides, on the CPU, the uncertain draws of a model without a chain."""

log = logging.getLogger(__name__)


NONE: Mapping[str, int] = MappingProxyType({})


def load_repository(
    settings: Settings, executor: Executor, pinned: Mapping[str, int] = NONE
) -> list[ServedModel]:
    """Load all models that the settings ask for, at least one.

    Args:
        settings: settings of the server.
        executor: threads of the models.
        pinned: the one version of a model that may be served, by the name of the model.

    Raises:
        LoadError: the repository or one of its models cannot be served.
    """
    folders = _model_folders(settings.models)
    wanted = settings.wanted or tuple(folders)
    for name in sorted(set(wanted) - set(folders)):
        raise LoadError(f"model {name}: models {settings.models} hold no such model")
    return [
        _load_newest(folder, settings, executor, pinned.get(name))
        for name, folder in folders.items()
        if name in wanted
    ]


def name_of_default(served: Iterable[ServedModel], settings: Settings) -> str:
    """Return the name of the model that answers calls without a model's name.

    Raises:
        LoadError: the settings ask for a model that is not served.
    """
    names = sorted(one.name for one in served)
    if settings.default_model and settings.default_model not in names:
        raise LoadError(f"default model {settings.default_model!r}: the models are {names}")
    return settings.default_model or names[0]


def _model_folders(models: Path) -> dict[str, Path]:
    """Return the folder of each model by the name of the model, at least one folder."""
    try:
        folders = {
            entry.name: entry
            for entry in sorted(models.iterdir())
            if entry.is_dir() and not entry.name.startswith(".")
        }
    except OSError as error:
        raise LoadError(f"models {models}: {error.strerror}") from error
    if not folders:
        raise LoadError(f"models {models}: holds no model")
    return folders


def _load_newest(
    folder: Path, settings: Settings, executor: Executor, pinned: int | None
) -> ServedModel:
    """Load the newest version whose bundle has no fault; log the faults of newer versions."""
    versions = sorted((int(v.name) for v in folder.iterdir() if v.name.isdecimal()), reverse=True)
    if pinned is not None:
        versions = [pinned]
    faults = []
    for version in versions:
        try:
            return _load(folder / str(version), settings, executor)
        except BundleError as error:
            faults.append(f"version {version}: {error}")
            refused = {"model": folder.name, "version": version, "reason": str(error)}
            log.warning("bundle refused", extra=refused)
        except BackendError as error:
            raise LoadError(f"model {folder.name}: version {version}: {error}") from error
    raise LoadError(f"model {folder.name}: {'; '.join(faults) or 'holds no version'}")


def _load(folder: Path, settings: Settings, executor: Executor) -> ServedModel:
    bundle = _verified(folder)
    manifest = bundle.manifest
    table = _table(bundle)
    backend = _backend(bundle, table, settings)
    backends.check_answers(backend, bundle)
    splits = {split.name: _names(bundle, split.name) for split in manifest.splits}
    try:
        model = assemble_model(
            vocabulary=bundle.vocabulary,
            block_size=manifest.architecture.block_size,
            backend=backend,
            chain=None if table is None else _chain(table),
            canonical=None if backend is table else _canonical(bundle, table),
            form_difference=log_prob_difference_bound(manifest),
            splits=splits,
            executor=executor,
        )
    except UnknownCharacterError as error:
        raise BundleError(f"splits: {error}") from error
    except BackendError as error:
        raise BundleError(f"{backend.name}: {error}") from error
    loaded = {
        "model": manifest.model,
        "version": manifest.version,
        "backend": backend.name,
        "device": backend.device,
    }
    log.info("model loaded", extra=loaded)
    return ServedModel(manifest.model, manifest.version, model, manifest)


def _verified(folder: Path) -> Bundle:
    """Return the bundle in the folder MODEL/VERSION, which must be its own, every file verified."""
    bundle = Bundle.open(folder)
    manifest = bundle.manifest
    if (manifest.model, str(manifest.version)) != (folder.parent.name, folder.name):
        raise BundleError(f"manifest.json is that of {manifest.model}/{manifest.version}")
    bundle.verify()
    return bundle


def _names(bundle: Bundle, split: str) -> str:
    """Return the text of a split, a name a line."""
    path = files.split_path(split)
    try:
        return bundle.read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: is not UTF-8 text") from error


def _table(bundle: Bundle) -> TableBackend | None:
    """Return the bundle's table or chain, where it holds one, on any backend.

    Exact answers come from it, and it is the canonical form.
    """
    if not any(map(bundle.has, TableBackend.files)):
        return None
    try:
        table = backends.open_backend(TableBackend, bundle)
    except BackendError as error:
        raise BundleError(str(error)) from error
    states, described = len(table.table), bundle.manifest.chain.states
    if table.chain is not None and states != described:
        raise BundleError(
            f"chain.states: {described} in the manifest, {files.CHAIN} has {states} states"
        )
    return table


def _chain(table: TableBackend) -> Chain:
    """Return the model as a chain."""
    return Chain.from_table(table.table) if table.chain is None else Chain(*table.chain)


def _backend(bundle: Bundle, table: TableBackend | None, settings: Settings) -> Backend:
    """Return the backend of the settings; the table, which is open already, is not opened again."""
    chosen = backends.choose(settings.backend, settings.device, bundle)
    if table is not None and chosen is TableBackend:
        return table
    return backends.open_backend(chosen, bundle, settings.device, settings.threads)


def _canonical(bundle: Bundle, table: TableBackend | None) -> CanonicalLogProbs:
    """Return the canonical form of the model, the same whichever backend is chosen."""
    if table is not None:
        return table.log_probs
    return one_at_a_time(backends.open_backend(backends.get(CANONICAL), bundle))
