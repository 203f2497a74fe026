"""The corpus: examples on disk that are always tried, a folder for each target."""

import hashlib
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from fuzzing.profile import ASKED

FOLDER = Path(__file__).parents[1] / "fuzz" / "corpus"


class Corpus:
    """The examples of one target.

    Attributes:
        target: name of the target, and of its folder.
        unmended: reason why an example fails, by the name of its file; such an example is expected
            to fail, and to be taken off this list by the change that mends it.
    """

    def __init__(self, target: str, unmended: dict[str, str] | None = None) -> None:
        self.target = target
        self.unmended = unmended or {}

    def examples(self) -> list[ParameterSet]:
        """Return the bytes of each example, as the parameter of a test."""
        return [
            pytest.param(path.read_bytes(), id=path.stem, marks=self._marks(path))
            for path in sorted((FOLDER / self.target).iterdir())
            if path.name != "README"
        ]

    @contextmanager
    def keeping(self, raw: bytes) -> Iterator[None]:
        """Keep the bytes in the corpus where the block fails, in a long run alone."""
        try:
            yield
        except Exception as error:
            if ASKED:
                kind = hashlib.sha256(repr(error).encode()[:40]).hexdigest()[:8]
                (FOLDER / self.target).mkdir(parents=True, exist_ok=True)
                (FOLDER / self.target / f"failed-{kind}").write_bytes(raw)
            raise

    def _marks(self, path: Path) -> list[pytest.MarkDecorator]:
        if path.stem not in self.unmended:
            return []
        return [pytest.mark.xfail(reason=self.unmended[path.stem], strict=True)]
