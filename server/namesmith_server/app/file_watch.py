"""Files that are read again while the server runs: certificates and tokens.

The content is compared, not times or inodes: files are replaced in place, by a rename, or by the
link to their folder (a Secret of Kubernetes). A change counts once the files have stayed the same
from one look to the next, so that files in the middle of a replacement are not judged.
"""

import logging
import stat
import threading
from collections.abc import Callable, Sequence
from pathlib import Path

from namesmith_server.app.good_files import Contents, as_files

PERIOD = 1.0
"""Seconds between two looks at the files: a change serves within two of them."""

MOST = 4 << 20
"""Number of bytes of the largest file that is read."""

Seen = tuple[bytes | str, ...]
"""Content of each file, or the reason why it cannot be read."""

Load = Callable[[Sequence[Path]], object]
"""A function that loads files, or raises an error and leaves all as it was."""

log = logging.getLogger(__name__)


class FileWatch:
    """Loads files again when they have changed; files with a fault leave the last good ones.

    Attributes:
        good: contents of the files that were loaded last; never logged.
        on_reload: function that is called, in a thread, with the outcome of each reload: ``loaded``
            or ``refused``; at first one that does nothing.
    """

    def __init__(
        self,
        files: Sequence[Path],
        load: Load,
        nouns: str,
        good: Contents | None = None,
        *,
        is_quiet: bool = False,
    ) -> None:
        """Load the files for the first time.

        Args:
            files: the files.
            load: function that loads the files, or others with the contents ``good``.
            nouns: plural noun of what the files hold, for the log.
            good: contents that are loaded where the files have a fault; None: there are none.
            is_quiet: True if nothing is logged.

        Raises:
            Exception: the error of ``load``.
        """
        self.on_reload: Callable[[str], object] = _nothing
        self._files = files
        self._load = load
        self._nouns = nouns
        self._is_quiet = is_quiet
        self._seen = _contents(files)
        self._refused: Seen | None = None
        try:
            load(files)
            self.good = tuple(one for one in self._seen if isinstance(one, bytes))
        except Exception as error:
            if good is None or not self._load_good(good):
                raise
            self._refuse(str(error))

    def start(self) -> None:
        """Look at the files once a period, in a thread that the end of the process ends."""
        threading.Thread(target=self._look_on, name=f"watch {self._nouns}", daemon=True).start()

    def look(self) -> None:
        """Look at the files once, and load them if they have changed and are still the same."""
        before, self._seen = self._seen, _contents(self._files)
        if self._seen == self.good:
            self._refused = None
        elif self._seen == before:
            self._reload()

    def _reload(self) -> None:
        """Load the files; tell a fault once, and try again: a certificate may become valid."""
        fault = self._fault()
        if not fault:
            self.good = tuple(one for one in self._seen if isinstance(one, bytes))
            self._refused = None
            if not self._is_quiet:
                log.info("%s loaded", self._nouns)
            self.on_reload("loaded")
        elif self._seen != self._refused:
            self._refuse(fault)

    def _refuse(self, fault: str) -> None:
        """Tell that the files, as they were seen, have a fault."""
        self._refused = self._seen
        if not self._is_quiet:
            log.error("%s refused", self._nouns, extra={"reason": fault})
        self.on_reload("refused")

    def _load_good(self, good: Contents) -> bool:
        """Load contents that were good; return whether they still are."""
        self.good = good
        try:
            with as_files(good) as files:
                self._load(files)
        except Exception:  # noqa: BLE001 - the error of the files themselves is told instead
            return False
        return True

    def _fault(self) -> str:
        """Load the files, and return why they cannot be loaded; empty where they are."""
        for file, content in zip(self._files, self._seen, strict=True):
            if isinstance(content, str):
                return f"{file}: {content}"
        try:
            self._load(self._files)
        except Exception as error:  # noqa: BLE001 - whatever the files hold, the last good serve on
            return str(error)
        return ""

    def _look_on(self) -> None:
        pause = threading.Event()
        while not pause.wait(PERIOD):
            self.look()


def _contents(files: Sequence[Path]) -> Seen:
    return tuple(map(_content, files))


def _content(file: Path) -> bytes | str:
    try:
        status = file.stat()
        if not stat.S_ISREG(status.st_mode):  # a pipe would be waited for
            return "is not a file"
        if status.st_size > MOST:
            return f"{status.st_size} bytes, at most {MOST} are read"
        return file.read_bytes()
    except OSError as error:
        return str(error.strerror)


def _nothing(_outcome: str) -> None:
    """Do nothing."""
