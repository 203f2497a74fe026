"""From a repository on disk to models that answer.

Every file of a bundle is verified before any parser opens it. Of each model the newest version
that verifies is served.
"""

import logging
from collections.abc import Callable
from concurrent.futures import Executor
from pathlib import Path

import numpy as np

from namesmith import bundle as files
from namesmith.bundle import Bundle, BundleError
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server.app.errors import LoadError
from namesmith_server.app.settings import Settings
from namesmith_server.backends.base import Backend, BackendError
from namesmith_server.backends.table import TableBackend
from namesmith_server.engine.chains import Chains
from namesmith_server.engine.decider import one_at_a_time
from namesmith_server.engine.model import Model
from namesmith_server.engine.sampler import Sampler
from namesmith_server.engine.stepwise import StepwiseSampler
from namesmith_server.engine.stream import Codec
from namesmith_server.engine.tabular import TabularSampler
from namesmith_server.service.catalog import Served

log = logging.getLogger(__name__)


def load_repository(settings: Settings, executor: Executor) -> list[Served]:
    """Every model of the repository, at least one.

    Raises:
        LoadError: the repository or one of its models cannot be served.
    """
    try:
        folders = sorted(
            entry
            for entry in settings.models.iterdir()
            if entry.is_dir() and not entry.name.startswith(".")
        )
    except OSError as error:
        raise LoadError(f"models {settings.models}: {error.strerror}") from error
    if not folders:
        raise LoadError(f"models {settings.models}: holds no model")
    wanted = settings.wanted or tuple(folder.name for folder in folders)
    for name in sorted(set(wanted) - {folder.name for folder in folders}):
        raise LoadError(f"model {name}: models {settings.models} hold no such model")
    return [_newest(folder, settings, executor) for folder in folders if folder.name in wanted]


def _newest(folder: Path, settings: Settings, executor: Executor) -> Served:
    versions = sorted((int(v.name) for v in folder.iterdir() if v.name.isdecimal()), reverse=True)
    faults = []
    for version in versions:
        try:
            served = _load(folder / str(version), settings, executor)
        except BundleError as error:
            faults.append(f"version {version}: {error}")
            refused = {"model": folder.name, "version": version, "reason": str(error)}
            log.warning("bundle refused", extra=refused)
        except BackendError as error:
            raise LoadError(f"model {folder.name}: version {version}: {error}") from error
        else:
            return served
    raise LoadError(f"model {folder.name}: {'; '.join(faults) or 'holds no version'}")


def _load(folder: Path, settings: Settings, executor: Executor) -> Served:
    bundle = Bundle.open(folder)
    manifest = bundle.manifest
    if (manifest.model, str(manifest.version)) != (folder.parent.name, folder.name):
        raise BundleError(f"manifest.json is that of {manifest.model}/{manifest.version}")
    bundle.verify()
    table = _table(bundle) if bundle.has(files.TABLE) else None
    backend = _backend(bundle, table, settings)
    _probe(backend, *_sizes(bundle))
    codec = Codec(bundle.vocabulary)
    splits = {split.name: _names(bundle, split.name) for split in manifest.splits}
    try:
        model = Model(
            vocabulary=bundle.vocabulary,
            block_size=manifest.architecture.block_size,
            backend=backend,
            codec=codec,
            sampler=_sampler(bundle, codec, table, backend, executor),
            table=table.table if table else None,
            splits=splits,
            executor=executor,
        )
    except UnknownCharacterError as error:
        raise BundleError(f"splits: {error}") from error
    loaded = {
        "model": manifest.model,
        "version": manifest.version,
        "backend": backend.name,
        "device": backend.device,
    }
    log.info("model loaded", extra=loaded)
    return Served(manifest.model, manifest.version, model, manifest)


def _names(bundle: Bundle, split: str) -> str:
    path = files.split_path(split)
    try:
        return bundle.read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: is not UTF-8 text") from error


def _sizes(bundle: Bundle) -> tuple[int, int]:
    return len(bundle.vocabulary), bundle.manifest.architecture.block_size


def _probe(backend: Backend, vocab_size: int, block_size: int) -> None:
    """Asks the backend for one distribution: is it of the sizes that the manifest says?"""
    try:
        log_probs = backend.log_probs(np.zeros((1, block_size), dtype=np.int64))
    except Exception as error:
        raise BundleError(f"{backend.name}: the model does not run on its contexts") from error
    if log_probs.shape != (1, vocab_size):
        raise BundleError(
            f"{backend.name}: the model answers {list(log_probs.shape)} for one context,"
            f" the manifest says [1, {vocab_size}]"
        )


def _table(bundle: Bundle) -> TableBackend:
    try:
        return TableBackend(bundle.read(files.TABLE), *_sizes(bundle))
    except BackendError as error:
        raise BundleError(str(error)) from error


def _backend(bundle: Bundle, table: TableBackend | None, settings: Settings) -> Backend:
    name = settings.backend
    if name == "auto":
        name = "torchscript" if settings.device == "cuda" else "table" if table else "onnx"
    if name == "table":
        if settings.device != "cpu":
            raise BackendError("backend table: runs on device cpu only")
        if table is None:
            raise BackendError("backend table: the bundle holds no table")
        return table
    return RUNTIMES[name](bundle, settings.device, settings.threads)


def _sampler(
    bundle: Bundle,
    codec: Codec,
    table: TableBackend | None,
    backend: Backend,
    executor: Executor,
) -> Sampler:
    if table is backend:
        return TabularSampler(table.table, codec, executor)
    canonical = table.log_probs if table else one_at_a_time(_onnx(bundle, "cpu", 1))
    chains = Chains(table.table, executor) if table else None
    block_size = bundle.manifest.architecture.block_size
    try:
        return StepwiseSampler(backend, canonical, chains, codec, block_size)
    except BackendError as error:
        raise BundleError(f"{backend.name}: {error}") from error


def _onnx(bundle: Bundle, device: str, threads: int) -> Backend:
    from namesmith_server.backends.onnx import OnnxBackend  # noqa: PLC0415 - when it is chosen

    return OnnxBackend(bundle.read(files.ONNX), device, threads)


def _torchscript(bundle: Bundle, device: str, threads: int) -> Backend:
    try:
        from namesmith_server.backends.torchscript import (  # noqa: PLC0415 - when it is chosen
            TorchScriptBackend,
        )
    except ImportError as error:
        raise BackendError(
            "backend torchscript: torch is not installed; install namesmith[torch]"
        ) from error
    return TorchScriptBackend(bundle.read(files.TORCHSCRIPT), device, threads)


RUNTIMES: dict[str, Callable[[Bundle, str, int], Backend]] = {
    "onnx": _onnx,
    "torchscript": _torchscript,
}
