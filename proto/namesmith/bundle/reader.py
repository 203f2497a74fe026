"""The reader of bundles on disk, which returns verified bytes only.

The size and the SHA-256 of every file are compared with the manifest before the file's bytes are
returned, and the manifest with its own SHA-256 and, where keys are trusted, its signature, before
the manifest is parsed.
"""

import errno
import hashlib
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from typing import BinaryIO, Self

from namesmith import manifest as manifest_json
from namesmith.bundle import contents, plain_files
from namesmith.bundle.contents import CHECKSUM, MANIFEST, SIGNATURE, BundleError
from namesmith.bundle.signature import SIGNATURE_SIZE, TrustedKeys
from namesmith.manifest import MANIFEST_LIMIT
from namesmith.v1.manifest_pb2 import File, Manifest
from namesmith.vocabulary import Vocabulary

CHUNK = 1 << 18
"""Number of bytes that are hashed at a time."""


@dataclass(frozen=True)
class Bundle:
    """A model version on disk.

    Attributes:
        folder: the folder of the version.
        manifest: the manifest, which has been checked.
        manifest_bytes: the bytes that the manifest was parsed from.
        allow_hard_links: whether a file may have other names on the disk.
    """

    folder: Path
    manifest: Manifest
    manifest_bytes: bytes = field(default=b"", repr=False)
    allow_hard_links: bool = False

    @classmethod
    def open(
        cls,
        folder: Path,
        *,
        trusted_keys: TrustedKeys | None = None,
        allow_hard_links: bool = False,
    ) -> Self:
        """Read and check the manifest of a bundle; none of its other files is opened yet.

        Args:
            folder: folder MODEL/VERSION, of which neither may be a symlink.
            trusted_keys: keys of which one must have signed the manifest; None: no signature is
                required, or looked at.
            allow_hard_links: whether a file may have other names on the disk, as the files of a
                package have that an installer linked from its cache.

        Raises:
            BundleError: the manifest is missing, too large or malformed, differs from its
                SHA-256 or its signature, or lists files that break a rule of the format; or a file
                is a link or cannot be opened.
        """
        read = partial(_read, folder, allow_hard_links=allow_hard_links)
        raw = read(MANIFEST, MANIFEST_LIMIT)
        if raw is None:
            raise BundleError(f"{MANIFEST}: {os.strerror(errno.ENOENT)}")
        checksum = contents.checksum_line(raw)
        if read(CHECKSUM, len(checksum)) not in {checksum, None}:
            raise BundleError(f"{CHECKSUM}: is not the SHA-256 of {MANIFEST}")
        if trusted_keys is not None:
            _check_signature(read(SIGNATURE, SIGNATURE_SIZE), raw, trusted_keys)
        try:
            manifest = manifest_json.loads(raw)
        except manifest_json.ManifestError as error:
            raise BundleError(str(error)) from error
        contents.check_files(manifest)
        return cls(folder, manifest, raw, allow_hard_links)

    @cached_property
    def vocabulary(self) -> Vocabulary:
        """The vocabulary of the model."""
        return Vocabulary(tuple(self.manifest.vocabulary.symbols))

    def has(self, path: str) -> bool:
        """Return whether the manifest lists a file."""
        return path in self._files

    def read(self, path: str) -> bytes:
        """Read a file, verify its bytes and return them.

        Raises:
            BundleError: the manifest does not list the file; the file is missing, a link or not a
                plain file; its size or hash differs from the manifest's; or it does not fit in
                memory.
        """
        if path not in self._files:
            raise BundleError(f"{path}: not in the manifest")
        file = self._files[path]
        with self._opened(file) as opened:
            raw = opened.read(file.size)
        _compare(file, hashlib.sha256(raw).hexdigest())
        return raw

    def verify(self) -> None:
        """Verify the bytes of every file that a server may read, and find every other file.

        The files that no server reads must be there, no links, and of the manifest's size; their
        bytes are not read.

        Raises:
            BundleError: a file is missing, a link or not a plain file, or its size or, where a
                server may read the file, its hash differs from the manifest's.
        """
        served = contents.served_paths(self.manifest)
        for file in self.manifest.files:
            with self._opened(file) as opened:
                if file.path in served:
                    _compare(file, _hash(opened, file.size))

    def verify_all(self) -> None:
        """Verify the bytes of every file that the manifest lists.

        Raises:
            BundleError: a file is missing, a link or not a plain file, or its size or hash differs
                from the manifest's.
        """
        for file in self.manifest.files:
            with self._opened(file) as opened:
                _compare(file, _hash(opened, file.size))

    @cached_property
    def _files(self) -> dict[str, File]:
        """The descriptions of the files by path."""
        return {file.path: file for file in self.manifest.files}

    @contextmanager
    def _opened(self, file: File) -> Iterator[BinaryIO]:
        """Open a file whose size is the manifest's, and report the errors of its use."""
        links = self.allow_hard_links
        try:
            with plain_files.opened(self.folder, file.path, allow_hard_links=links) as opened:
                size = plain_files.size_of(opened)
                if size != file.size:
                    raise BundleError(f"{file.path}: {size} bytes, the manifest says {file.size}")
                yield opened
        except OSError as error:
            raise BundleError(f"{file.path}: {error.strerror}") from error
        except MemoryError as error:
            raise BundleError(f"{file.path}: {file.size} bytes do not fit in memory") from error


def _read(folder: Path, name: str, limit: int, *, allow_hard_links: bool) -> bytes | None:
    """Return the bytes of a file that no manifest describes; None where there is no such file."""
    try:
        with plain_files.opened(folder, name, allow_hard_links=allow_hard_links) as opened:
            size = plain_files.size_of(opened)
            raw = opened.read(limit + 1) if size <= limit else b""
    except FileNotFoundError:
        return None
    except OSError as error:
        raise BundleError(f"{name}: {error.strerror}") from error
    if max(size, len(raw)) > limit:
        raise BundleError(f"{name}: {max(size, len(raw))} bytes, {limit} are allowed")
    return raw


def _check_signature(signature: bytes | None, manifest: bytes, keys: TrustedKeys) -> None:
    """Refuse a manifest that the owner of no trusted key has signed."""
    if signature is None:
        raise BundleError(f"{SIGNATURE}: is missing, and a signature is required")
    if len(signature) != SIGNATURE_SIZE:
        raise BundleError(f"{SIGNATURE}: {len(signature)} bytes, a signature has {SIGNATURE_SIZE}")
    if not keys.have_signed(signature, manifest):
        raise BundleError(f"{SIGNATURE}: no trusted key has made this signature of {MANIFEST}")


def _hash(opened: BinaryIO, size: int) -> str:
    """Return the SHA-256 of the first bytes of a file, in hexadecimal, chunk by chunk."""
    hashed = hashlib.sha256()
    while size > 0 and (chunk := opened.read(min(size, CHUNK))):
        hashed.update(chunk)
        size -= len(chunk)
    return hashed.hexdigest()


def _compare(file: File, sha256: str) -> None:
    if sha256 != file.sha256:
        raise BundleError(f"{file.path}: its SHA-256 is not the manifest's")
