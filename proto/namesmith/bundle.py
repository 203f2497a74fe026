"""The reader of bundles on disk, which returns verified bytes only.

The size and the SHA-256 of every file are compared with the manifest before the file's bytes are
returned. This module knows files and hashes, and no tensors, graphs or tables.
"""

import hashlib
import stat
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Self

from namesmith import manifest as manifest_json
from namesmith.v1.manifest_pb2 import File, Manifest
from namesmith.vocabulary import Vocabulary

MANIFEST = "manifest.json"
ONNX = "model.onnx"
TORCHSCRIPT = "model.ts"
TABLE = "table.safetensors"
CHAIN = "chain.safetensors"
REPORT = "report.html"
DIAGNOSTICS = "diagnostics.json"

TABLE_LIMIT = 64 << 20
"""Size in bytes of the largest table of a bundle, V^L x V x 4: V symbols, contexts of L symbols."""

CHAIN_LIMIT = 64 << 20
"""Size in bytes of the largest log-probabilities of a chain, S x V x 4: S states, V symbols."""

FIRST_VERSION_WITH_CHAINS = 2
"""First version of the bundle format in which a bundle may hold a chain."""


def split_path(split: str) -> str:
    """Return the path, inside a bundle, of the file that holds the names of a split."""
    return f"splits/{split}.txt"


class BundleError(ValueError):
    """A bundle that must not be used; the message names the file and the fault."""


@dataclass(frozen=True)
class Bundle:
    """A model version on disk.

    Attributes:
        folder: the folder of the version.
        manifest: the manifest, which has been checked.
    """

    folder: Path
    manifest: Manifest

    @classmethod
    def open(cls, folder: Path) -> Self:
        """Read and check the manifest of a bundle; no other file is opened yet.

        Raises:
            BundleError: the manifest is missing or malformed, lists a path that leaves the folder,
                or lists a chain that it does not describe, or a chain and a table.
        """
        try:
            mode = (folder / MANIFEST).lstat().st_mode
            if not stat.S_ISREG(mode):
                raise BundleError(f"{MANIFEST}: is not a plain file")
            manifest = manifest_json.loads((folder / MANIFEST).read_bytes())
        except OSError as error:
            raise BundleError(f"{MANIFEST}: {error.strerror}") from error
        except manifest_json.ManifestError as error:
            raise BundleError(str(error)) from error
        for file in manifest.files:
            _check_path(file.path)
        bundle = cls(folder, manifest)
        bundle._check_chain()
        return bundle

    @property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the model."""
        return Vocabulary(tuple(self.manifest.vocabulary.symbols))

    def has(self, path: str) -> bool:
        """Return whether the manifest lists a file."""
        return any(file.path == path for file in self.manifest.files)

    def read(self, path: str) -> bytes:
        """Read a file, verify its bytes and return them.

        Raises:
            BundleError: the manifest does not list the file; the file is missing, a symlink or not
                a plain file; its size or hash differs from the manifest's; or it does not fit in
                memory.
        """
        for file in self.manifest.files:
            if file.path == path:
                return self._read(file)
        raise BundleError(f"{path}: not in the manifest")

    def verify(self) -> None:
        """Read and verify every file that the manifest lists.

        Raises:
            BundleError: a file is missing, a symlink or not a plain file, its size or hash differs
                from the manifest's, or it does not fit in memory.
        """
        for file in self.manifest.files:
            self._read(file)

    def _check_chain(self) -> None:
        """Refuse a manifest whose description of a chain and whose files contradict each other."""
        is_described, version = self.manifest.HasField("chain"), self.manifest.format_version
        if not self.has(CHAIN):
            if is_described:
                raise BundleError(f"chain: is described, and {CHAIN} is not in the manifest")
            return
        if version < FIRST_VERSION_WITH_CHAINS:
            raise BundleError(
                f"{CHAIN}: format_version is {version}, a bundle holds a chain from version"
                f" {FIRST_VERSION_WITH_CHAINS} on"
            )
        if self.has(TABLE):
            raise BundleError(f"{CHAIN}: the bundle holds {TABLE} too, and may hold one of them")
        if not is_described:
            raise BundleError(f"{CHAIN}: the manifest does not describe its chain")

    def _read(self, file: File) -> bytes:
        path = self.folder
        try:
            for part in PurePosixPath(file.path).parts:
                path = path / part
                mode, size = (status := path.lstat()).st_mode, status.st_size
                if stat.S_ISLNK(mode):
                    raise BundleError(f"{file.path}: is a symlink")
            if not stat.S_ISREG(mode):
                raise BundleError(f"{file.path}: is not a plain file")
            if size != file.size:
                raise BundleError(f"{file.path}: {size} bytes, the manifest says {file.size}")
            raw = path.read_bytes()
        except OSError as error:
            raise BundleError(f"{file.path}: {error.strerror}") from error
        except MemoryError as error:
            raise BundleError(f"{file.path}: {file.size} bytes do not fit in memory") from error
        if hashlib.sha256(raw).hexdigest() != file.sha256:
            raise BundleError(f"{file.path}: its SHA-256 is not the manifest's")
        return raw


def _check_path(path: str) -> None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise BundleError(f"files: {path!r} leaves the folder")
