"""Plain files below a folder, opened without following a link and without waiting.

Every folder and file is opened by its name in the folder that is open already, so that nobody can
exchange a folder for a link meanwhile, and is judged by its descriptor. An ``OSError`` of this
module says the fault in ``strerror``, which may follow the path in a message.

    /models -> /srv/models      the repository's path is the operator's own, links and all
        us-names                opened by that path, no link
            1                   opened in us-names, no link
                splits          opened in 1, no link
                    val.txt     opened in splits: a plain file, no link, one name on the disk
"""

import errno
import os
import stat
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

FOLDER = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW
FILE = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY  # a FIFO has no writer to wait for


@contextmanager
def opened(folder: Path, path: str, *, allow_hard_links: bool) -> Iterator[BinaryIO]:
    """Open a plain file of a bundle.

    Args:
        folder: folder MODEL/VERSION, of which neither may be a symlink.
        path: path inside the folder, with "/" between its parts, none of which is "." or "..".
        allow_hard_links: whether the file may have other names on the disk.

    Raises:
        OSError: a part of the path is missing, a symlink or cannot be opened; or the file is not
            plain, or a hard link.
    """
    *folders, name = path.split("/")
    with ExitStack() as stack:
        at = _open_version(stack, folder)
        for part in folders:
            at = _open(stack, part, FOLDER, at)
        descriptor = _open(stack, name, FILE, at)
        _check(os.fstat(descriptor), allow_hard_links=allow_hard_links)
        yield stack.enter_context(os.fdopen(descriptor, "rb", closefd=False))


def size_of(file: BinaryIO) -> int:
    """Return the size in bytes of an open file."""
    return os.fstat(file.fileno()).st_size


def _open_version(stack: ExitStack, folder: Path) -> int:
    """Return a descriptor of a folder MODEL/VERSION, opened in MODEL."""
    if folder.name in {"", ".."}:  # of "." and "/"
        return _open(stack, folder, FOLDER)
    return _open(stack, folder.name, FOLDER, _open(stack, folder.parent, FOLDER))


def _open(stack: ExitStack, name: str | Path, flags: int, at: int | None = None) -> int:
    """Return a descriptor, which the stack closes, of a name in an open folder."""
    try:
        descriptor = os.open(name, flags, dir_fd=at)
    except OSError as error:
        if _is_symlink(name, at):
            raise OSError(errno.ELOOP, "is a symlink") from error
        raise
    stack.callback(os.close, descriptor)
    return descriptor


def _is_symlink(name: str | Path, at: int | None) -> bool:
    """Return whether a name in an open folder is a symlink, for the message alone."""
    with suppress(OSError):
        return stat.S_ISLNK(os.stat(name, dir_fd=at, follow_symlinks=False).st_mode)
    return False


def _check(status: os.stat_result, *, allow_hard_links: bool) -> None:
    """Hold an open file to be plain and, unless hard links are allowed, to have one name."""
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "is not a plain file")
    if status.st_nlink > 1 and not allow_hard_links:
        raise OSError(errno.EMLINK, "is a hard link")
