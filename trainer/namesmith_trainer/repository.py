"""Publishing a bundle: a reader sees the old version or the new one, never a mixture.

Knows files; knows no tensors. Everything is written and synced in a temporary sibling, which is
then renamed. Publishers of one model take turns by a lock on its folder.
"""

import fcntl
import hashlib
import os
import shutil
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from namesmith import bundle
from namesmith import manifest as manifest_json
from namesmith.v1.manifest_pb2 import File, Manifest
from namesmith_trainer.files import sync, write_synced

PARTIAL = ".partial-"


def publish(repository: Path, manifest: Manifest, files: Mapping[str, bytes]) -> Path:
    """Publishes the files as the next version of the manifest's model.

    Args:
        repository: is created when missing.
        manifest: complete but for version and files, which are filled in.
        files: bytes of each file but the manifest, by path.

    Returns:
        the folder of the new version.

    Raises:
        OSError: nothing was published, and nothing is left behind.
    """
    model = repository / manifest.model
    model.mkdir(parents=True, exist_ok=True)
    with _turn(model):
        for left in model.glob(PARTIAL + "*"):  # by a publisher that was killed
            shutil.rmtree(left)
        manifest.version = max(versions(model), default=0) + 1
        del manifest.files[:]
        manifest.files.extend(
            File(path=path, size=len(raw), sha256=hashlib.sha256(raw).hexdigest())
            for path, raw in sorted(files.items())
        )
        partial = Path(tempfile.mkdtemp(prefix=PARTIAL, dir=model))
        try:
            _write(partial, {**files, bundle.MANIFEST: manifest_json.dumps(manifest)})
            final = model / str(manifest.version)
            partial.rename(final)
        except BaseException:
            shutil.rmtree(partial, ignore_errors=True)
            raise
        sync(model)
        sync(repository)
    return final


def versions(model: Path) -> list[int]:
    """The published versions of a model, in no order."""
    return [int(entry.name) for entry in model.iterdir() if entry.name.isdecimal()]


@contextmanager
def _turn(model: Path) -> Iterator[None]:
    descriptor = os.open(model, os.O_RDONLY)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _write(folder: Path, files: Mapping[str, bytes]) -> None:
    folder.chmod(0o755)
    for name, raw in files.items():
        path = folder / name
        path.parent.mkdir(exist_ok=True)
        write_synced(path, raw)
    for path in {(folder / name).parent for name in files}:
        sync(path)
