"""The counts of a split's names: what a reader takes, and what it refuses."""

from pathlib import Path

import pytest

from bundles import tiny_manifest, vouch, write_tiny
from namesmith.bundle import (
    MAX_COUNT,
    MAX_OCCURRENCES,
    Bundle,
    BundleError,
    counts_path,
    encode_counts,
    parse_counts,
)
from namesmith.v1.manifest_pb2 import Manifest

COUNTS = counts_path("val")


def counted(raw: bytes, occurrences: int) -> Manifest:
    """Return the manifest of a tiny bundle whose split has counts."""
    manifest = tiny_manifest()
    manifest.splits[0].occurrences = occurrences
    vouch(manifest, COUNTS, raw)
    return manifest


def test_counts_are_read_as_they_were_written() -> None:
    """From 1 to the largest count, one for each name."""
    counts = [1, 7, MAX_COUNT, 10]
    raw = encode_counts(counts)
    assert raw.startswith(b"1\n7\n")
    assert parse_counts(raw, "val", 4, sum(counts)).tolist() == counts
    assert parse_counts(b"", "val", 0, 0).tolist() == []


@pytest.mark.parametrize(
    ("raw", "fault"),
    [
        (b"1\n", "1 lines, the split has 2 names"),
        (b"1\n2\n3\n", "3 lines, the split has 2 names"),
        (b"1\n2", "1 lines, the split has 2 names"),
        (b"1\n\n2", "2 lines, the split has 2 names"),
        (b"1\n0\n", "line 2 is not an integer"),
        (b"1\n-2\n", "line 2 is not an integer"),
        (b"1\n+2\n", "line 2 is not an integer"),
        (b"1\n02\n", "line 2 is not an integer"),
        (b"1\n 2\n", "line 2 is not an integer"),
        (b"1\n2\r\n", "line 2 is not an integer"),
        (b"1\n1_0\n", "line 2 is not an integer"),
        (b"1\n2.0\n", "line 2 is not an integer"),
        (b"1\n1e3\n", "line 2 is not an integer"),
        (b"1\n\n", "line 2 is not an integer"),
        ("1\n٢\n".encode(), "line 2 is not an integer"),
        (b"1\n\xff\n", "line 2 is not an integer"),
        (b"1\n" + b"9" * 100_000 + b"\n", "line 2 is not an integer"),
        (b"1\n%d\n" % (MAX_COUNT + 1), "line 2 is not an integer"),
        (b"1\n3\n", "the sum is 4, the manifest says 3"),
    ],
)
def test_counts_that_break_a_rule_are_refused(raw: bytes, fault: str) -> None:
    """The message names the file and the line, and repeats none of its bytes."""
    with pytest.raises(BundleError, match=rf"splits/val\.counts: {fault}") as caught:
        parse_counts(raw, "val", 2, 3)
    assert len(str(caught.value)) < 120


def test_a_server_reads_the_counts_of_a_split(tmp_path: Path) -> None:
    """They are verified with the files that a server may read."""
    folder = write_tiny(tmp_path, counted(b"1\n2\n", 3))
    (folder / COUNTS).write_bytes(b"1\n3\n")
    bundle = Bundle.open(folder)
    with pytest.raises(BundleError, match=r"splits/val\.counts: its SHA-256"):
        bundle.verify()
    (folder / COUNTS).write_bytes(b"1\n2\n")
    bundle.verify()


@pytest.mark.parametrize(
    ("manifest", "fault"),
    [
        (counted(b"1\n2\n", 0), "is listed, and val has no occurrences"),
        (counted(b"1\n2\n", -3), "the occurrences of val, -3, are not in"),
        (counted(b"1\n2\n", MAX_OCCURRENCES + 1), "the occurrences of val, 9007199254740993, are"),
    ],
)
def test_a_manifest_that_contradicts_its_counts_is_refused(
    manifest: Manifest, fault: str, tmp_path: Path
) -> None:
    """Before any file but the manifest is opened."""
    with pytest.raises(BundleError, match=fault):
        Bundle.open(write_tiny(tmp_path, manifest))


def test_a_sum_without_counts_is_refused(tmp_path: Path) -> None:
    """A split whose names have counts needs the file of the counts."""
    manifest = tiny_manifest()
    manifest.splits[0].occurrences = 3
    with pytest.raises(BundleError, match="val has occurrences, and no counts are listed"):
        Bundle.open(write_tiny(tmp_path, manifest))
