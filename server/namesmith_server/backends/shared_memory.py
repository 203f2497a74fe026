"""Verified files in sealed memory, one copy for all workers of a server.

A file of a repository may be overwritten or cut while it is served, so that its pages must not be
mapped: a cut file would end every worker at once. Linux's memory files can be sealed against both
(memfd_create(2)). The first worker copies a file's verified bytes into such memory, under a name
that holds their SHA-256; the others find it among the open files of the workers beside them,
compare every byte with the bytes that they have verified themselves, and map it in place of their
own.

Where anything of this fails (another system than Linux, no descriptor left, a hidden /proc), a
process keeps its own copy.
"""

import fcntl
import mmap
import multiprocessing
import os
from collections.abc import Iterator
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

Buffer = bytes | mmap.mmap
"""Bytes that nobody changes."""


def shared(raw: bytes) -> Buffer:
    """Return the bytes, in memory that the workers of this server share where it has several."""
    supervisor = multiprocessing.parent_process()
    if supervisor is None or supervisor.pid is None or not hasattr(os, "memfd_create") or not raw:
        return raw
    name = f"namesmith-{sha256(raw).hexdigest()}"
    with suppress(OSError, ValueError):
        for descriptor in _offered(supervisor.pid, name):
            try:
                if (found := _mapped(descriptor, len(raw))) is not None and found[:] == raw:
                    return found
            finally:
                os.close(descriptor)
    with suppress(OSError, ValueError):
        return _sealed(name, raw)
    return raw


def _sealed(name: str, raw: bytes) -> Buffer:
    """Copy bytes into sealed memory, which is open as long as it is mapped."""
    seals = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK | fcntl.F_SEAL_GROW | fcntl.F_SEAL_SEAL
    descriptor = os.memfd_create(name, os.MFD_CLOEXEC | os.MFD_ALLOW_SEALING)
    try:
        with open(descriptor, "wb", closefd=False) as file:
            file.write(raw)
        fcntl.fcntl(descriptor, fcntl.F_ADD_SEALS, seals)
        return _mapped(descriptor, len(raw)) or raw
    finally:
        os.close(descriptor)  # the mapping keeps a duplicate


def _mapped(descriptor: int, size: int) -> mmap.mmap | None:
    """Map a memory file of a size for reading; None where it is not sealed, or of another size."""
    seals = fcntl.fcntl(descriptor, fcntl.F_GET_SEALS)
    needed = fcntl.F_SEAL_WRITE | fcntl.F_SEAL_SHRINK
    if seals & needed != needed or os.fstat(descriptor).st_size != size:
        return None
    return mmap.mmap(descriptor, size, mmap.MAP_SHARED, mmap.PROT_READ)


def _offered(supervisor: int, name: str) -> Iterator[int]:
    """Yield a descriptor of each memory file of a name that another worker has open."""
    wanted = f"/memfd:{name} (deleted)"
    for children in Path(f"/proc/{supervisor}/task").glob("*/children"):
        for worker in children.read_text().split():
            if int(worker) == os.getpid():
                continue
            with suppress(OSError):  # it has ended
                for file in Path(f"/proc/{worker}/fd").iterdir():
                    with suppress(OSError):  # it was closed
                        if str(file.readlink()) == wanted:
                            yield os.open(file, os.O_RDONLY | os.O_CLOEXEC)
