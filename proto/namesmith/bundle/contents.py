"""The files of a bundle: their names, their largest sizes, and which may stand together.

All of it is checked in the manifest alone, before any file but the manifest is opened.
"""

import hashlib
import re
from collections.abc import Iterable

from namesmith.quoting import quoted
from namesmith.v1.manifest_pb2 import File, Manifest

MANIFEST = "manifest.json"
CHECKSUM = "manifest.sha256"
SIGNATURE = "manifest.sig"
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

HEADER_LIMIT = 64 << 10
"""Size in bytes of the largest JSON of a safetensors file; that of a chain takes some 300 bytes."""

FILE_LIMIT = 256 << 20
"""Size in bytes of the largest other file.

The graphs of the largest chain hold 192 MiB of indices and log-probabilities.
"""

SIZE_LIMITS = {
    TABLE: TABLE_LIMIT + HEADER_LIMIT,
    CHAIN: 3 * CHAIN_LIMIT + HEADER_LIMIT,  # neither successors nor rows outgrow log_probs
}
"""Size in bytes of the largest file of each path that has a limit of its own."""

SPLIT_LIMIT = 64 << 20
"""Size in bytes of the largest split: millions of names."""

MAX_OCCURRENCES = 1 << 53
"""Largest sum of the counts of a split: the integers up to it are exact in float64."""

TOTAL_LIMIT = 1 << 30
"""Size in bytes of the largest bundle, all files together."""

MAX_FILES = 256
"""Largest number of files that a manifest lists."""

PATH = re.compile(r"[A-Za-z0-9._-]+(?:/[A-Za-z0-9._-]+){0,7}")
"""Pattern of a path inside a bundle: characters that mean the same on every file system."""

MAX_PATH = 200
"""Largest number of characters of a path inside a bundle."""

FIRST_VERSION_WITH_CHAINS = 2
"""First version of the bundle format in which a bundle may hold a chain."""


class BundleError(ValueError):
    """A bundle that must not be used; the message names the file and the fault."""


def split_path(split: str) -> str:
    """Return the path, inside a bundle, of the file that holds the names of a split."""
    return f"splits/{split}.txt"


def counts_path(split: str) -> str:
    """Return the path, inside a bundle, of the file that holds the counts of a split's names."""
    return f"splits/{split}.counts"


def checksum_line(manifest: bytes) -> bytes:
    """Return the bytes of ``manifest.sha256`` for the bytes of a manifest, as sha256sum writes."""
    return f"{hashlib.sha256(manifest).hexdigest()}  {MANIFEST}\n".encode()


def has_table(vocab_size: int, block_size: int) -> bool:
    """Return whether a table may be in a bundle: V^L x V x 4 <= TABLE_LIMIT.

    The power is not computed beyond the limit: 1,024 symbols of 20,000 would take 4,400 digits.

    Args:
        vocab_size: number of symbols V, >= 1.
        block_size: number of symbols of a context L, >= 1.
    """
    size = 4
    for _ in range(block_size + 1):
        size *= vocab_size
        if size > TABLE_LIMIT:
            return False
    return True


def served_paths(manifest: Manifest) -> frozenset[str]:
    """Return the paths of the files that a server may read beside the manifest."""
    splits = (split_path(split.name) for split in manifest.splits)
    counts = (counts_path(split.name) for split in manifest.splits if split.occurrences)
    return frozenset((ONNX, TORCHSCRIPT, TABLE, CHAIN, *splits, *counts))


def check_files(manifest: Manifest) -> None:
    """Hold the files that a manifest lists to the rules of the format.

    Raises:
        BundleError: a path leaves the folder, is no plain path or is listed twice; a size is out of
            range; the files are too many or too large together; or a table, a chain or the counts
            of a split contradict the rest of the manifest.
    """
    if len(manifest.files) > MAX_FILES:
        raise BundleError(f"files: {len(manifest.files)} are listed, {MAX_FILES} are allowed")
    seen: set[str] = set()
    for file in manifest.files:
        _check_path(file.path)
        if file.path in seen:
            raise BundleError(f"files: {file.path} is listed twice")
        seen.add(file.path)
    check_sizes(manifest.files)
    if TABLE in seen:
        _check_table(manifest)
    _check_chain(manifest, seen)
    _check_counts(manifest, seen)


def _check_path(path: str) -> None:
    parts = path.split("/")
    if "\\" in path or "\0" in path or any(part in {"", ".", ".."} for part in parts):
        raise BundleError(f"files: {quoted(path)} leaves the folder")
    if len(path) > MAX_PATH or not PATH.fullmatch(path):
        raise BundleError(
            f"files: {quoted(path)} is not a path of up to {MAX_PATH} of A-Z, a-z, 0-9, '.', '_',"
            " '-' and at most seven '/'"
        )
    if path in {MANIFEST, CHECKSUM, SIGNATURE}:
        raise BundleError(f"files: {path} is listed, and vouches for the list")


def check_sizes(files: Iterable[File]) -> None:
    """Hold the sizes of files to the limits of a bundle.

    Raises:
        BundleError: a file, or all files together, are larger than a reader takes.
    """
    total = 0
    for file in files:
        usual = SPLIT_LIMIT if file.path.startswith("splits/") else FILE_LIMIT
        limit = SIZE_LIMITS.get(file.path, usual)
        if not 0 <= file.size <= limit:
            raise BundleError(f"files: {file.path}: {file.size} bytes are not in [0, {limit}]")
        total += file.size
    if total > TOTAL_LIMIT:
        raise BundleError(f"files: {total} bytes together, {TOTAL_LIMIT} are allowed")


def _check_table(manifest: Manifest) -> None:
    size, block_size = len(manifest.vocabulary.symbols), manifest.architecture.block_size
    if not has_table(size, block_size):
        raise BundleError(
            f"{TABLE}: {size} symbols and block_size {block_size} make a table of more than"
            f" {TABLE_LIMIT} bytes"
        )


def _check_chain(manifest: Manifest, paths: set[str]) -> None:
    """Refuse a manifest whose description of a chain and whose files contradict each other."""
    is_described, version = manifest.HasField("chain"), manifest.format_version
    if CHAIN not in paths:
        if is_described:
            raise BundleError(f"chain: is described, and {CHAIN} is not in the manifest")
        return
    if version < FIRST_VERSION_WITH_CHAINS:
        raise BundleError(
            f"{CHAIN}: format_version is {version}, a bundle holds a chain from version"
            f" {FIRST_VERSION_WITH_CHAINS} on"
        )
    if TABLE in paths:
        raise BundleError(f"{CHAIN}: the bundle holds {TABLE} too, and may hold one of them")
    if not is_described:
        raise BundleError(f"{CHAIN}: the manifest does not describe its chain")


def _check_counts(manifest: Manifest, paths: set[str]) -> None:
    """Refuse a split that has a sum of counts and no file of them, or the other way round."""
    for split in manifest.splits:
        path, occurrences = counts_path(split.name), split.occurrences
        if not 0 <= occurrences <= MAX_OCCURRENCES:
            raise BundleError(
                f"splits: the occurrences of {split.name}, {occurrences}, are not in"
                f" [0, {MAX_OCCURRENCES}]"
            )
        if occurrences and path not in paths:
            raise BundleError(f"{path}: {split.name} has occurrences, and no counts are listed")
        if path in paths and not occurrences:
            raise BundleError(f"{path}: is listed, and {split.name} has no occurrences")
