"""The file of labels: bounded, never a link, replaced as a whole."""

from pathlib import Path

import pytest

from namesmith_server.app.models.labels import LabelsError, read_labels, write_labels


def test_labels_are_read_as_they_were_written(tmp_path: Path) -> None:
    """A model without a file has none, and nothing but the file is left behind."""
    assert read_labels(tmp_path) == {}
    for labels in ({"stable": 3, "canary": 4}, {"stable": 4}, {}):
        write_labels(tmp_path, labels)
        assert read_labels(tmp_path) == labels
        assert [one.name for one in tmp_path.iterdir()] == ["labels.json"]


@pytest.mark.parametrize(
    ("raw", "reason"),
    [
        (b"{", "is not JSON"),
        (b"\xff", "is not JSON"),
        (b"[" * 16_000, "is not JSON"),
        (b"[1]", "is no object of versions by label"),
        (b'{"Stable": 1}', "label 'Stable' is not 1 to 64 of a-z"),
        (b'{"stable": 0}', "label 'stable': its version is no integer >= 1"),
        (b'{"stable": true}', "label 'stable': its version is no integer >= 1"),
        (b'{"stable": 1e3}', "label 'stable': its version is no integer >= 1"),
        (b'{"stable": ' + b"9" * 40 + b"}", "label 'stable': its version is no integer >= 1"),
        (b" " * 20_000, "has more than 16384 bytes"),
    ],
)
def test_garbage_is_refused_with_a_reason(tmp_path: Path, raw: bytes, reason: str) -> None:
    """The reason names the file."""
    (tmp_path / "labels.json").write_bytes(raw)
    with pytest.raises(LabelsError, match=rf"^labels\.json: {reason}"):
        read_labels(tmp_path)


def test_links_and_folders_are_refused(tmp_path: Path) -> None:
    """Nothing outside the repository is read."""
    (tmp_path / "outside").write_text('{"stable": 1}')
    (tmp_path / "labels.json").symlink_to(tmp_path / "outside")
    with pytest.raises(LabelsError, match="is a symlink"):
        read_labels(tmp_path)
    (tmp_path / "labels.json").unlink()
    (tmp_path / "labels.json").mkdir()
    with pytest.raises(LabelsError, match="Is a directory"):
        read_labels(tmp_path)


def test_labels_that_cannot_be_written_are_told(tmp_path: Path) -> None:
    """The reason is the system's."""
    with pytest.raises(LabelsError, match="No such file or directory"):
        write_labels(tmp_path / "missing", {"stable": 1})
