"""Files that are loaded again when they change."""

import os
from collections.abc import Sequence
from pathlib import Path

import pytest

from namesmith_server.app.errors import TokensError
from namesmith_server.app.file_watch import FileWatch


class Loads:
    """Loads of a file: its texts, and the outcomes that were told."""

    def __init__(self, path: Path, good: tuple[bytes, ...] | None = None) -> None:
        self.path = path
        self.texts: list[str] = []
        self.tries = 0
        self.outcomes: list[str] = []
        self.watch = FileWatch([path], self._load, "words", good)
        self.watch.on_reload = self.outcomes.append

    def write(self, text: str) -> None:
        """Write the file, and look twice: a change counts at the second look."""
        self.path.write_text(text)
        self.watch.look()
        self.watch.look()

    def _load(self, files: Sequence[Path]) -> None:
        self.tries += 1
        text = files[0].read_text()
        if text.startswith("bad"):
            raise TokensError(text)
        self.texts.append(text)


@pytest.fixture
def loads(tmp_path: Path) -> Loads:
    """Provide the loads of a file."""
    (tmp_path / "words").write_text("one")
    return Loads(tmp_path / "words")


def test_a_change_is_loaded_once(loads: Loads) -> None:
    """Also where neither the size nor the time of the file changes."""
    loads.write("two")
    loads.write("two")
    assert (loads.texts, loads.outcomes) == (["one", "two"], ["loaded"])


def test_a_file_that_still_changes_is_not_loaded(loads: Loads) -> None:
    """It is loaded once it has stayed the same from one look to the next."""
    for text in ("bad", "two", "bad again", "three"):
        loads.path.write_text(text)
        loads.watch.look()
    assert loads.tries == 1
    loads.watch.look()
    assert (loads.texts, loads.outcomes) == (["one", "three"], ["loaded"])


def test_a_faulty_change_is_told_once_and_tried_again(loads: Loads) -> None:
    """A second fault is told too, and so is the first one if it comes back."""
    loads.write("bad")
    loads.watch.look()
    assert loads.outcomes == ["refused"]
    assert loads.tries == 3
    loads.write("bad too")
    loads.write("one")
    loads.write("bad")
    assert loads.outcomes == ["refused"] * 3
    assert loads.texts == ["one"]


def test_a_file_that_cannot_be_read_is_a_faulty_change(loads: Loads) -> None:
    """Missing, a folder, or too large; the same content again is no change."""
    loads.path.unlink()
    loads.watch.look()
    loads.watch.look()
    assert loads.outcomes == ["refused"]
    loads.path.mkdir()
    loads.watch.look()
    loads.watch.look()
    assert loads.outcomes == ["refused"] * 2
    loads.path.rmdir()
    loads.write("one")
    assert (loads.texts, loads.outcomes) == (["one"], ["refused"] * 2)


def test_a_fault_at_first_is_raised(tmp_path: Path) -> None:
    """Nothing is watched then."""
    (tmp_path / "words").write_text("bad")
    with pytest.raises(TokensError):
        Loads(tmp_path / "words")


def test_a_pipe_is_not_waited_for(loads: Loads) -> None:
    """A file that became a pipe without a writer is a faulty change."""
    loads.path.unlink()
    os.mkfifo(loads.path)
    loads.watch.look()
    loads.watch.look()
    assert loads.outcomes == ["refused"]


def test_a_fault_at_first_leaves_what_was_good(tmp_path: Path) -> None:
    """The last good content is loaded, and the file once its fault is mended."""
    path = tmp_path / "words"
    path.write_text("bad")
    loads = Loads(path, (b"one",))
    loads.write("bad")
    assert (loads.texts, loads.watch.good) == (["one"], (b"one",))
    loads.write("two")
    assert (loads.texts, loads.outcomes) == (["one", "two"], ["loaded"])
    path.write_text("bad")
    with pytest.raises(TokensError, match=r"^bad$"):
        Loads(path, (b"bad too",))
