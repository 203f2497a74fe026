"""The bundle on disk: its files, the reader that verifies them, and the keys that sign them.

``Bundle`` reads a published version and returns verified bytes only; ``TrustedKeys`` are the public
keys of which one must have signed it. Knows files, hashes and signatures, and no tensors, graphs or
tables.
"""

from namesmith.bundle.contents import (
    CHAIN,
    CHAIN_LIMIT,
    CHECKSUM,
    DIAGNOSTICS,
    HEADER_LIMIT,
    MANIFEST,
    MAX_OCCURRENCES,
    ONNX,
    REPORT,
    SIGNATURE,
    SPLIT_LIMIT,
    TABLE,
    TABLE_LIMIT,
    TORCHSCRIPT,
    BundleError,
    check_sizes,
    checksum_line,
    counts_path,
    has_table,
    split_path,
)
from namesmith.bundle.counts import MAX_COUNT, encode_counts, parse_counts
from namesmith.bundle.reader import Bundle
from namesmith.bundle.signature import KeyFileError, TrustedKeys, read_key_file

__all__ = [
    "CHAIN",
    "CHAIN_LIMIT",
    "CHECKSUM",
    "DIAGNOSTICS",
    "HEADER_LIMIT",
    "MANIFEST",
    "MAX_COUNT",
    "MAX_OCCURRENCES",
    "ONNX",
    "REPORT",
    "SIGNATURE",
    "SPLIT_LIMIT",
    "TABLE",
    "TABLE_LIMIT",
    "TORCHSCRIPT",
    "Bundle",
    "BundleError",
    "KeyFileError",
    "TrustedKeys",
    "check_sizes",
    "checksum_line",
    "counts_path",
    "encode_counts",
    "has_table",
    "parse_counts",
    "read_key_file",
    "split_path",
]
