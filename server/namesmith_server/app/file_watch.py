"""Files that are read again while the server runs: certificates and tokens.

The content is compared, not times or inodes: files are replaced in place, by a rename, or by the
link to their folder (a Secret of Kubernetes). A change counts once the files have stayed the same
from one look to the next, so that files in the middle of a replacement are not judged.
"""

import logging
import stat
import threading
from collections.abc import Callable, Sequence
from hashlib import sha256
from pathlib import Path

PERIOD = 1.0
"""Seconds between two looks at the files: a change serves within two of them."""

MOST = 4 << 20
"""Number of bytes of the largest file whose content is compared."""

Contents = tuple[bytes | str, ...]
"""SHA-256 of each file, or the reason why it cannot be read."""

Act = Callable[[], object]

log = logging.getLogger(__name__)


class FileWatch:
    """Loads files again when they have changed; files with a fault leave the last good ones.

    Attributes:
        on_reload: function that is called, in a thread, with the outcome of each reload: ``loaded``
            or ``refused``; at first one that does nothing.
    """

    def __init__(self, files: Sequence[Path], load: Act, nouns: str) -> None:
        """Load the files for the first time.

        Args:
            files: the files.
            load: function that loads the files, or raises an error and leaves all as it was.
            nouns: plural noun of what the files hold, for the log.

        Raises:
            Exception: the error of ``load``.
        """
        self.on_reload: Callable[[str], object] = _nothing
        self._files = files
        self._load = load
        self._nouns = nouns
        self._seen = self._loaded = _contents(files)
        self._refused: Contents | None = None
        load()

    def start(self) -> None:
        """Look at the files once a period, in a thread that the end of the process ends."""
        threading.Thread(target=self._look_on, name=f"watch {self._nouns}", daemon=True).start()

    def look(self) -> None:
        """Look at the files once, and load them if they have changed and are still the same."""
        before, self._seen = self._seen, _contents(self._files)
        if self._seen == self._loaded:
            self._refused = None
        elif self._seen == before:
            self._reload()

    def _reload(self) -> None:
        """Load the files; tell a fault once, and try again: a certificate may become valid."""
        fault = self._fault()
        if not fault:
            self._loaded, self._refused = self._seen, None
            log.info("%s loaded", self._nouns)
            self.on_reload("loaded")
        elif self._seen != self._refused:
            self._refused = self._seen
            log.error("%s refused", self._nouns, extra={"reason": fault})
            self.on_reload("refused")

    def _fault(self) -> str:
        """Load the files, and return why they cannot be loaded; empty where they are."""
        for file, content in zip(self._files, self._seen, strict=True):
            if isinstance(content, str):
                return f"{file}: {content}"
        try:
            self._load()
        except Exception as error:  # noqa: BLE001 - whatever the files hold, the last good serve on
            return str(error)
        return ""

    def _look_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(PERIOD):
            self.look()


def _contents(files: Sequence[Path]) -> Contents:
    return tuple(map(_content, files))


def _content(file: Path) -> bytes | str:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            return "is not a file"
        if status.st_size > MOST:
            return f"{status.st_size} bytes, at most {MOST} are read"
        return sha256(file.read_bytes()).digest()
    except OSError as error:
        return str(error.strerror)


def _nothing(_outcome: str) -> None:
    """Do nothing."""
