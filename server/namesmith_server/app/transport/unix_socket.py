"""A socket with a path: never taken from a server that serves, removed by its own server alone.

gRPC by itself removes whatever socket has the path, before it binds and when it ends. So gRPC binds
under a name of this process's own, and the socket is renamed to its path once it listens: readers
see no moment without a server, and gRPC finds nothing left to remove.
"""

import errno
import fcntl
import os
import secrets
import socket
import stat
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from namesmith_server.app.errors import PortError
from namesmith_server.app.leaving import at_end
from namesmith_server.app.transport.address import OPTION

MAX_PATH_BYTES = 107
"""Largest number of bytes of a socket's path in Linux."""

PRIVATE = 0o600
"""Mode of a socket that only its owner may connect to."""


OF_A_FOLDER = (errno.EACCES, errno.EPERM, errno.EROFS, errno.ENOSPC, errno.ENOENT)
"""Errors of making a socket that its folder is to blame for."""


def listen_on_socket(
    path: Path, add_port: Callable[[str], int], option: str = OPTION, *, private: bool = False
) -> int:
    """Listen on a socket with a path; it is removed when this process ends.

    A socket that no server listens on any more is replaced.

    Args:
        path: path of the socket.
        add_port: function that listens on an address of gRPC, and returns the port or raises
            RuntimeError.
        option: option that gave the path, for the message of an error.
        private: whether the socket is its owner's alone, from its first moment on.

    Raises:
        PortError: the path is too long, its folder cannot be used, a server listens on it, or
            another file has it.
    """
    path, address = path.absolute(), f"{option} unix:{path}"
    size = len(os.fsencode(path))
    if size > MAX_PATH_BYTES:
        raise PortError(f"{address}: {size} bytes of path, at most {MAX_PATH_BYTES}")
    try:
        folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    except OSError as error:
        raise PortError(f"{address}: folder {path.parent}: {error.strerror}") from error
    try:
        with _turn(path.parent):
            _check_free(path, address)
            return _listen(path, folder, add_port, private=private)
    except OSError as error:
        where = f"folder {path.parent}: " if error.errno in OF_A_FOLDER else ""
        raise PortError(f"{address}: {where}{error.strerror}") from error
    except RuntimeError as error:
        raise PortError(f"{address}: cannot be listened on") from error
    finally:
        os.close(folder)


def _check_free(path: Path, address: str) -> None:
    """Refuse a path that another server or another file has."""
    try:
        mode = path.lstat().st_mode
    except FileNotFoundError:
        return
    if stat.S_ISDIR(mode):
        raise PortError(f"{address}: is a folder, not a socket")
    if not stat.S_ISSOCK(mode):
        raise PortError(f"{address}: is a file that is not a socket")
    with socket.socket(socket.AF_UNIX) as probe:
        probe.setblocking(False)  # noqa: FBT003 - the socket's own interface
        error = probe.connect_ex(str(path))
    if error == errno.ECONNREFUSED:  # no server listens on it
        return
    if error in {0, errno.EAGAIN, errno.EPROTOTYPE}:  # one does; its queue is full; of another kind
        error = errno.EADDRINUSE
    raise PortError(f"{address}: {os.strerror(error)}")


def _listen(path: Path, folder: int, add_port: Callable[[str], int], *, private: bool) -> int:
    """Listen under a name of this process's own, and rename the socket to its path."""
    with _own_place(folder, private=private) as own:
        nearby = f"/proc/self/fd/{folder}/{own}"  # short, however long the folder's path is
        try:
            port = add_port(f"unix:{nearby}")
        except RuntimeError:
            with socket.socket(socket.AF_UNIX) as probe:
                probe.bind(nearby)  # raises an error that says why
            os.unlink(own, dir_fd=folder)
            raise
        try:
            if private:
                os.chmod(own, PRIVATE, dir_fd=folder)
            made = os.stat(own, dir_fd=folder)
            os.rename(own, path.name, src_dir_fd=folder, dst_dir_fd=folder)
        except OSError:
            with suppress(OSError):
                os.unlink(own, dir_fd=folder)
            raise
    at_end(lambda: _remove(path, made))
    return port


@contextmanager
def _own_place(folder: int, *, private: bool) -> Iterator[str]:
    """Provide a name of this process's own; a private one in a folder that nobody else enters."""
    own = f".{os.getpid()}-{secrets.token_hex(4)}"
    if not private:
        yield own
        return
    os.mkdir(own, 0o700, dir_fd=folder)
    try:
        yield f"{own}/socket"
    finally:
        os.rmdir(own, dir_fd=folder)


def _remove(path: Path, made: os.stat_result) -> None:
    """Remove a socket unless another one has its path by now."""
    with suppress(OSError):
        if os.path.samestat(path.lstat(), made):
            path.unlink()


@contextmanager
def _turn(folder: Path) -> Iterator[None]:
    """Hold the lock on a folder: of two servers that start at once, one finds the other."""
    try:
        lock = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    except OSError:  # a folder that may not be read has no lock
        yield
        return
    try:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
    finally:
        os.close(lock)
