"""One version: its bundle verified, its backend and canonical form opened, its model assembled."""

from collections.abc import Mapping
from concurrent.futures import Executor
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np

from namesmith import bundle as files
from namesmith.bundle import Bundle, BundleError, KeyFileError, TrustedKeys
from namesmith.manifest import log_prob_difference_bound
from namesmith.vocabulary import UnknownCharacterError
from namesmith_server import backends
from namesmith_server.app.errors import LoadError
from namesmith_server.app.settings import EMBEDDED, Settings
from namesmith_server.backends import Backend, BackendError, TableBackend
from namesmith_server.engine import (
    Chain,
    Codec,
    Counts,
    EncodedNames,
    Ledger,
    Model,
    assemble_model,
    encode_lines,
    name_count,
)


@dataclass(frozen=True)
class Version:
    """A version whose files are open.

    Attributes:
        bundle: its bundle, verified.
        backend: the backend of the settings.
        table: the bundle's table or chain, which is then the canonical form; None without one.
        canonical: the canonical form; None where the backend is it.
        splits: encoded names of each split, by the name of the split.
        counts: count of each name, int64 [names], of the splits whose names have counts.
    """

    bundle: Bundle
    backend: Backend
    table: TableBackend | None
    canonical: Backend | None
    splits: Mapping[str, EncodedNames]
    counts: Mapping[str, Counts] = field(default_factory=dict)


def verify(folder: Path, settings: Settings) -> Bundle:
    """Return the bundle in the folder MODEL/VERSION, which must be its own, every file verified.

    Raises:
        BundleError: the bundle has a fault, or is another's.
        LoadError: the trusted keys cannot be read.
    """
    keys = read_trusted_keys(settings)
    bundle = Bundle.open(folder, trusted_keys=keys, allow_hard_links=settings.models == EMBEDDED)
    manifest = bundle.manifest
    if (manifest.model, str(manifest.version)) != (folder.parent.name, folder.name):
        raise BundleError(f"manifest.json is that of {manifest.model}/{manifest.version}")
    bundle.verify()
    return bundle


def is_foreign(bundle: Bundle, settings: Settings) -> bool:
    """Return whether a runtime that a file could crash or hang reads a file of the bundle.

    Raises:
        BackendError: the backend of the settings cannot be used, with this bundle or at all.
    """
    chosen = backends.choose(settings.backend, settings.device, bundle)
    return chosen.is_foreign or not any(map(bundle.has, TableBackend.files))


def open_version(bundle: Bundle, settings: Settings) -> Version:
    """Open the files of a verified bundle.

    Raises:
        BundleError, BackendError: a file has a fault.
        BackendUnavailableError: this machine lacks a runtime or a device.
    """
    chosen = backends.choose(settings.backend, settings.device, bundle)
    table = _open_table(bundle)
    backend: Backend
    if table is not None and chosen is TableBackend:
        backend = table
    else:
        backend = backends.open_backend(chosen, bundle, settings.device, settings.threads)
    splits = _read_splits(bundle)
    canonical = None if backend is table else _open_canonical(bundle, table)
    return Version(bundle, backend, table, canonical, splits, _read_counts(bundle, splits))


def assemble(version: Version, executor: Executor, ledger: Ledger | None) -> Model:
    """Assemble the model of a version.

    Args:
        version: the version.
        executor: threads for work that would hold the event loop up.
        ledger: counts the bytes of work, of all models of the process; None: no bound.

    Raises:
        BackendError: the backend fails.
    """
    manifest, table = version.bundle.manifest, version.table
    return assemble_model(
        vocabulary=version.bundle.vocabulary,
        block_size=manifest.architecture.block_size,
        backend=version.backend,
        chain=None if table is None else _chain(table),
        canonical=version.canonical,
        form_difference=log_prob_difference_bound(manifest),
        splits=version.splits,
        executor=executor,
        ledger=ledger,
        counts=version.counts,
    )


def read_trusted_keys(settings: Settings) -> TrustedKeys | None:
    """Return the keys of which one must have signed a bundle; None where no signature is needed.

    Raises:
        LoadError: the file of the keys cannot be read.
    """
    if settings.trusted_keys is None:
        return None
    try:
        return TrustedKeys.read(settings.trusted_keys)
    except KeyFileError as error:
        raise LoadError(f"--trusted-keys: {error}") from error


def _read_splits(bundle: Bundle) -> dict[str, EncodedNames]:
    """Return the encoded names of each split."""
    codec = Codec(bundle.vocabulary)
    try:
        return {
            split.name: encode_lines(codec, _read_text(bundle, split.name))
            for split in bundle.manifest.splits
        }
    except UnknownCharacterError as error:
        raise BundleError(f"splits: {error}") from error


def _read_counts(bundle: Bundle, splits: Mapping[str, EncodedNames]) -> dict[str, Counts]:
    """Return the count of each name, int64 [names], of the splits whose names have counts."""
    counts = {}
    for split in bundle.manifest.splits:
        if split.occurrences:
            raw, names = bundle.read(files.counts_path(split.name)), name_count(splits[split.name])
            parsed = files.parse_counts(raw, split.name, names, split.occurrences)
            counts[split.name] = np.array(parsed, np.int64)
    return counts


def _read_text(bundle: Bundle, split: str) -> str:
    """Return the text of a split, a name a line."""
    path = files.split_path(split)
    try:
        return bundle.read(path).decode("utf-8")
    except UnicodeDecodeError as error:
        raise BundleError(f"{path}: is not UTF-8 text") from error


def _open_table(bundle: Bundle) -> TableBackend | None:
    """Return the bundle's table or chain, where it holds one, on any backend.

    Exact answers come from it, and it is the canonical form.
    """
    if not any(map(bundle.has, TableBackend.files)):
        return None
    table = backends.open_backend(TableBackend, bundle)
    states, described = len(table.table), bundle.manifest.chain.states
    if table.chain is not None and states != described:
        raise BundleError(
            f"chain.states: {described} in the manifest, {files.CHAIN} has {states} states"
        )
    return table


def _chain(table: TableBackend) -> Chain:
    """Return the model as a chain."""
    return Chain.from_table(table.table) if table.chain is None else Chain(*table.chain)


def _open_canonical(bundle: Bundle, table: TableBackend | None) -> Backend:
    """Return the canonical form of the model, the same whichever backend is chosen."""
    if table is not None:
        return table
    try:
        return backends.open_canonical(bundle)
    except BackendError as error:
        raise BackendError(f"the canonical form: {error}") from error
