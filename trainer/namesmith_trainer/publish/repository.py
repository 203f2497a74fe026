"""Writes bundles into a repository of models: readers see whole versions only.

All files are written and synced in a temporary folder beside the versions, which is then renamed.
Publishers of one model take turns by a lock on the model's folder. This module knows files; it
knows no tensors.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from namesmith import bundle
from namesmith import manifest as manifest_json
from namesmith.limits import MAX_VERSION
from namesmith.v1.manifest_pb2 import File, Manifest
from namesmith_trainer.files import naming, sync, write_synced
from namesmith_trainer.publish.signing import SigningKey

PARTIAL = ".partial-"
"""Prefix of the temporary folder in which a version is written."""


class RepositoryError(RuntimeError):
    """Raised where a model can have no further version; the message names the model's folder."""


def publish(
    repository: Path,
    manifest: Manifest,
    files: Mapping[str, bytes],
    ready: Callable[[], None] = lambda: None,
    key: SigningKey | None = None,
) -> Path:
    """Publish the files as the next version of the manifest's model.

    Args:
        repository: folder of the models, which is made where it is missing.
        manifest: manifest without version and files, which this function fills in.
        files: bytes of each file but the manifest, by path.
        ready: function that is called when all files are written and nothing is published yet;
            an exception that it raises ends the publication.
        key: key that signs the bundle; None: the bundle is not signed.

    Returns:
        the folder of the new version.

    Raises:
        BundleError: readers would refuse the bundle; nothing was published.
        RepositoryError: the model can have no further version.
        OSError: nothing was published, and no file is left behind; the error names the
            model's folder.
    """
    model = repository / manifest.model
    with naming(model), _turn(model):
        for left in model.glob(PARTIAL + "*"):  # left by a publisher that was killed
            shutil.rmtree(left)
        manifest.version = next_version(model)
        del manifest.files[:]
        manifest.files.extend(
            File(path=path, size=len(raw), sha256=hashlib.sha256(raw).hexdigest())
            for path, raw in sorted(files.items())
        )
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=model))
        try:
            _write(partial, {**files, **_manifest_files(manifest, key)})
            bundle.Bundle.open(partial)
            ready()
            final = model / str(manifest.version)
            partial.rename(final)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync(model)
        sync(repository)
    return final


def _manifest_files(manifest: Manifest, key: SigningKey | None) -> dict[str, bytes]:
    """Return the manifest and the files that vouch for it, by path."""
    raw = manifest_json.dumps(manifest)
    files = {bundle.MANIFEST: raw, bundle.CHECKSUM: bundle.checksum_line(raw)}
    return files | {bundle.SIGNATURE: key.sign(raw)} if key else files


def next_version(model: Path) -> int:
    """Return the version that is published next in a model's folder, which may be missing.

    Raises:
        RepositoryError: the model can have no further version.
    """
    newest = max(versions(model), default=0) if model.is_dir() else 0
    if newest >= MAX_VERSION:
        raise RepositoryError(
            f"{model}: holds a version {newest}, and so can have no next one: a version is at most"
            f" {MAX_VERSION}"
        )
    return newest + 1


def versions(model: Path) -> list[int]:
    """List the published versions of a model, in no particular order."""
    names = [entry.name for entry in model.iterdir()]
    return [int(name) for name in names if name.isascii() and name.isdecimal()]


@contextmanager
def _turn(model: Path) -> Iterator[None]:
    """Hold the lock on a model's folder, which is made where it is missing.

    On an exception, the folders that this function made are removed again if they are empty.
    """
    made = [folder for folder in (model, *model.parents) if not folder.exists()]
    descriptor = _lock(model)
    try:
        yield
    except BaseException:
        with suppress(OSError):  # another publisher has written into it
            for folder in made:
                folder.rmdir()
        raise
    finally:
        os.close(descriptor)


def _lock(model: Path) -> int:
    """Open a descriptor that holds the lock on a folder, which is made where it is missing."""
    while True:
        model.mkdir(parents=True, exist_ok=True)
        descriptor = os.open(model, os.O_RDONLY)
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        if model.exists() and os.path.samestat(os.fstat(descriptor), model.stat()):
            return descriptor
        os.close(descriptor)  # the last holder of the lock has removed the folder


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write the files into a folder and force all files to the disk."""
    folder.chmod(0o755)
    for name, raw in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        write_synced(path, raw)
    for path in {(folder / name).parent for name in files}:
        sync(path)
