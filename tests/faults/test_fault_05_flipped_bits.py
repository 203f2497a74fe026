"""Fault 5: a bit flipped in any file of a bundle is refused before any parser runs."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from bundles import copy_version, reasons, tiny_manifest, write_tiny
from namesmith import manifest as manifest_json
from namesmith.bundle import (
    CHECKSUM,
    MANIFEST,
    SIGNATURE,
    Bundle,
    BundleError,
    TrustedKeys,
    contents,
)
from namesmith_client import Client
from processes import running

FILES = (
    "manifest.json",
    "manifest.sha256",
    "model.onnx",
    "model.ts",
    "table.safetensors",
    "splits/test.txt",
    "splits/train.txt",
    "splits/val.txt",
)
"""Files of a bundle that a server uses."""

EMBEDDED = Path(__file__).parents[2] / "server/namesmith_server/models"


@pytest.fixture
def no_parser(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the parser of manifests fail the test."""

    def parse(_raw: bytes) -> None:
        pytest.fail("a parser was given bytes that nothing vouches for")

    monkeypatch.setattr(manifest_json, "loads", parse)


def flips(raw: bytes) -> Iterator[bytes]:
    """Yield the bytes with each single bit flipped."""
    for place in range(8 * len(raw)):
        flipped = bytearray(raw)
        flipped[place // 8] ^= 1 << place % 8
        yield bytes(flipped)


def refusals(folder: Path, file: str, trusted_keys: TrustedKeys | None = None) -> set[str | None]:
    """Return the messages of the refusals, one for each flipped bit of a file; None for none."""
    found: set[str | None] = set()
    for flipped in flips((folder / file).read_bytes()):
        (folder / file).write_bytes(flipped)
        try:
            Bundle.open(folder, trusted_keys=trusted_keys)
            found.add(None)
        except BundleError as error:
            found.add(str(error))
    return found


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize("file", [MANIFEST, CHECKSUM])
def test_fault_05_every_flipped_bit_of_the_manifest_is_refused(tmp_path: Path, file: str) -> None:
    """A flipped bit of the manifest or its checksum is refused before the manifest is parsed."""
    folder = write_tiny(tmp_path, tiny_manifest())
    assert refusals(folder, file) == {"manifest.sha256: is not the SHA-256 of manifest.json"}


@pytest.mark.usefixtures("no_parser")
@pytest.mark.parametrize("file", [MANIFEST, SIGNATURE])
def test_fault_05_every_flipped_bit_of_a_signed_manifest_is_refused(
    tmp_path: Path, file: str
) -> None:
    """The signature alone covers the manifest, too."""
    key = Ed25519PrivateKey.generate()
    folder = write_tiny(tmp_path, tiny_manifest())
    (folder / CHECKSUM).unlink()
    (folder / SIGNATURE).write_bytes(key.sign((folder / MANIFEST).read_bytes()))
    trusted = TrustedKeys((key.public_key().public_bytes_raw(),))
    assert refusals(folder, file, trusted) == {
        "manifest.sig: no trusted key has made this signature of manifest.json"
    }


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"\n",
        b"{sum}",
        b"{sum}  manifest.json",
        b"{sum} *manifest.json\n",
        b"{sum}  manifest.json\r\n",
        b"{sum}  manifest.json\n\n",
        b"{SUM}  manifest.json\n",
        b"{sum}  model.onnx\n",
    ],
)
def test_fault_05_the_checksum_is_one_exact_line(tmp_path: Path, line: bytes) -> None:
    """A checksum of another form, or cut short, vouches for nothing."""
    folder = write_tiny(tmp_path, tiny_manifest())
    right = (folder / CHECKSUM).read_bytes().partition(b" ")[0]
    wrong = line.replace(b"{sum}", right).replace(b"{SUM}", right.upper())
    (folder / CHECKSUM).write_bytes(wrong)
    with pytest.raises(BundleError, match=r"^manifest\.sha256: "):
        Bundle.open(folder)


def test_fault_05_the_bytes_that_are_hashed_are_parsed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The manifest is read once: one that is written after its hash was taken is not seen."""
    folder = write_tiny(tmp_path, tiny_manifest())
    original = contents.checksum_line

    def exchange(raw: bytes) -> bytes:
        (folder / MANIFEST).write_bytes(b"another")
        return original(raw)

    monkeypatch.setattr(contents, "checksum_line", exchange)
    assert Bundle.open(folder).manifest == tiny_manifest()
    assert (folder / MANIFEST).read_bytes() == b"another"


def test_fault_05_a_bundle_of_an_older_trainer_has_no_checksum(tmp_path: Path) -> None:
    """A bundle without a checksum is read."""
    folder = write_tiny(tmp_path, tiny_manifest())
    (folder / CHECKSUM).unlink()
    bundle = Bundle.open(folder)
    bundle.verify_all()
    assert bundle.manifest == tiny_manifest()


def test_fault_05_the_embedded_manifests_are_covered() -> None:
    """Each bundle that ships with the server holds the checksum of its manifest."""
    checksums = sorted(EMBEDDED.glob("*/*/manifest.sha256"))
    assert len(checksums) == len(list(EMBEDDED.glob("*/*"))) >= 3
    for checksum in checksums:
        Bundle.open(checksum.parent).verify_all()


def test_fault_05_a_server_refuses_a_flipped_bit_in_any_file(
    repository: Path, tmp_path: Path
) -> None:
    """A server serves the sound version before, and logs the reason of each refusal."""
    copy_version(repository / "small" / "1", tmp_path, 1)
    for version, file in enumerate(FILES, 2):
        path = copy_version(repository / "small" / "1", tmp_path, version) / file
        raw = bytearray(path.read_bytes())
        raw[len(raw) // 2] ^= 0x10
        path.write_bytes(raw)
    with running("--models", tmp_path) as server, Client(server.address) as client:
        assert client.model().version == 1
        found = reasons(server.log)
    assert sorted(found) == list(range(2, 2 + len(FILES)))
    for version, file in enumerate(FILES, 2):
        named = CHECKSUM if file == MANIFEST else file
        assert found[version].startswith(f"{named}: ")
