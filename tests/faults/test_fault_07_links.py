"""Fault 7: nothing outside a bundle is opened by a path, a link or a special file."""

import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from bundles import NAMES, SPLIT, copy_version, reasons, tiny_manifest, write_tiny
from namesmith.bundle import Bundle, BundleError
from namesmith_client import Client
from processes import running

Damage = Callable[[Path, Path], object]
"""Change of a bundle's folder that puts something else at a path, which exists before."""


def link(path: Path, _folder: Path) -> None:
    """Put a symlink to the same content elsewhere."""
    moved = path.rename(path.with_name("moved"))
    path.symlink_to(moved)


def link_outside(path: Path, folder: Path) -> None:
    """Put a symlink to the same content outside the bundle."""
    moved = shutil.move(path, folder.parent.parent / "outside")
    path.symlink_to(moved)


def link_to_nothing(path: Path, _folder: Path) -> None:
    """Put a symlink to nothing."""
    path.unlink()
    path.symlink_to("/nonexistent")


def link_to_itself(path: Path, _folder: Path) -> None:
    """Put a symlink to itself."""
    path.unlink()
    path.symlink_to(path)


def link_hard(path: Path, folder: Path) -> None:
    """Give the file a second name."""
    os.link(path, folder.parent.parent / "outside")


def put_a_pipe(path: Path, _folder: Path) -> None:
    """Put a FIFO, which a reader would wait for."""
    path.unlink()
    os.mkfifo(path)


def put_a_folder(path: Path, _folder: Path) -> None:
    """Put an empty folder."""
    path.unlink()
    path.mkdir()


def put_a_socket(path: Path, _folder: Path) -> None:
    """Put a socket."""
    path.unlink()
    with socket.socket(socket.AF_UNIX) as bound:
        bound.bind(os.path.relpath(path))


FILE_FAULTS: list[tuple[Damage, str]] = [
    (link, "is a symlink"),
    (link_outside, "is a symlink"),
    (link_to_nothing, "is a symlink"),
    (link_to_itself, "is a symlink"),
    (link_hard, "is a hard link"),
    (put_a_pipe, "is not a plain file"),
    (put_a_folder, "is not a plain file"),
    (put_a_socket, "No such device or address"),
]


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Provide the folder of a tiny bundle, in which relative paths start."""
    folder = write_tiny(tmp_path, tiny_manifest())
    monkeypatch.chdir(folder)
    return folder


@pytest.mark.parametrize("file", ["manifest.json", "manifest.sha256", SPLIT])
@pytest.mark.parametrize(("damage", "message"), FILE_FAULTS)
def test_fault_07_every_file_is_plain_and_no_link(
    folder: Path, damage: Damage, message: str, file: str
) -> None:
    """The manifest, its checksum and a listed file; the message names the file."""
    damage(folder / file, folder)
    with pytest.raises(BundleError) as caught:
        Bundle.open(folder).verify()
    assert str(caught.value) == f"{file}: {message}"


@pytest.mark.parametrize("damage", [link, link_outside])
def test_fault_07_no_folder_inside_a_bundle_is_a_symlink(folder: Path, damage: Damage) -> None:
    """The folder of the splits; reading and verifying refuse it alike."""
    bundle = Bundle.open(folder)
    damage(folder / "splits", folder)
    for use in (bundle.verify, bundle.verify_all, lambda: bundle.read(SPLIT)):
        with pytest.raises(BundleError, match=rf"^{SPLIT}: is a symlink$"):
            use()


@pytest.mark.parametrize("level", ["tiny", "tiny/1"])
def test_fault_07_neither_a_version_nor_a_model_is_a_symlink(tmp_path: Path, level: str) -> None:
    """The path of the repository is the operator's, and may lead over links."""
    models, outside = tmp_path / "models", tmp_path / "outside"
    folder = write_tiny(models, tiny_manifest())
    (tmp_path / "same").symlink_to(models)
    Bundle.open(tmp_path / "same" / "tiny" / "1").verify()
    (models / level).rename(outside)
    (models / level).symlink_to(outside)
    with pytest.raises(BundleError, match=r"^manifest\.json: is a symlink$"):
        Bundle.open(folder)


def test_fault_07_a_link_put_after_the_manifest_was_read_is_refused(folder: Path) -> None:
    """Each file is opened from the folder down, every time."""
    bundle = Bundle.open(folder)
    bundle.verify()
    link(folder, folder)
    with pytest.raises(BundleError, match="is a symlink"):
        bundle.read(SPLIT)


def test_fault_07_a_folder_that_is_exchanged_meanwhile_is_not_entered(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A version that becomes a link after it was opened leads nowhere: names are opened in it."""
    bundle = Bundle.open(folder)
    outside = write_tiny(folder.parents[1] / "outside", tiny_manifest())
    (outside / SPLIT).write_bytes(b"zoe\nleo\n")
    original = os.open

    def exchange(path: str | Path, flags: int, *, dir_fd: int | None = None) -> int:
        if path == "splits":
            folder.rename(folder.with_name("moved"))
            folder.symlink_to(outside)
        return original(path, flags, dir_fd=dir_fd)

    monkeypatch.setattr(os, "open", exchange)
    assert bundle.read(SPLIT) == NAMES


def test_fault_07_a_refusal_keeps_no_descriptor(folder: Path) -> None:
    """Whatever is opened on the way is closed again; a leak would leave one a refusal."""
    link_hard(folder / SPLIT, folder)
    bundle = Bundle.open(folder)
    before = len(list(Path("/proc/self/fd").iterdir()))
    for _ in range(20):
        with pytest.raises(BundleError):
            bundle.verify()
    assert len(list(Path("/proc/self/fd").iterdir())) < before + 10


def test_fault_07_an_own_repository_may_hold_hard_links(folder: Path) -> None:
    """An installer links a package's files from its cache; no symlink is allowed even so."""
    link_hard(folder / SPLIT, folder)
    bundle = Bundle.open(folder, allow_hard_links=True)
    bundle.verify_all()
    assert bundle.read(SPLIT)
    link(folder / SPLIT, folder)
    with pytest.raises(BundleError, match="is a symlink"):
        bundle.verify()


@pytest.mark.parametrize(
    "path",
    [
        "../outside",
        "a/../../outside",
        "/etc/hostname",
        "//etc",
        "a//b",
        "a/",
        "./a",
        "a\\b",
        "",
        ".",
    ],
)
def test_fault_07_no_path_leaves_the_bundle(tmp_path: Path, path: str) -> None:
    """A manifest that lists such a path is refused before any file of it is opened."""
    with pytest.raises(BundleError, match=r"^files: '.*' leaves the folder$"):
        Bundle.open(write_tiny(tmp_path, tiny_manifest(path)))


@pytest.mark.parametrize(
    "path", ["a b", "é", "a:b", "~", "a\tb", "con\0", "x" * 201, "/".join("a" * 9)]
)
def test_fault_07_a_path_is_plain(tmp_path: Path, path: str) -> None:
    """A path of other characters, or of many parts, may mean another file elsewhere."""
    with pytest.raises(BundleError, match=r"^files: '.*'(\.\.\.)? (is not a path|leaves)"):
        Bundle.open(write_tiny(tmp_path, tiny_manifest(path)))


def test_fault_07_a_server_follows_no_link(repository: Path, tmp_path: Path) -> None:
    """A server serves the sound version, and names the link of each other version."""
    models, small = tmp_path / "models", repository / "small" / "1"
    copy_version(small, models, 1)
    damaged = {
        2: ("model.onnx", link_outside),
        3: ("splits/val.txt", link_hard),
        4: ("splits", link_outside),
        5: ("table.safetensors", put_a_pipe),
        6: ("manifest.json", link),
        7: ("report.html", link),
    }
    for version, (file, damage) in damaged.items():
        folder = copy_version(small, models, version)
        damage(folder / file, folder / str(version) / "elsewhere")
    link(copy_version(small, models, 8), models)
    with running("--models", models) as server, Client(server.address) as client:
        assert client.model().version == 1
        found = reasons(server.log)
        passed_over = [event for event in server.log if event["event"] == "passed over"]
    assert [Path(event["path"]).name for event in passed_over] == ["8", "moved"]
    assert sorted(found) == list(range(2, 8))
    for version, reason in found.items():
        assert reason.endswith(("is a symlink", "is a hard link", "is not a plain file")), version
