"""The last good contents of files that are read again: they outlive the worker that found them so.

A worker that starts while a file has a fault serves what the others serve, and not nothing.
"""

import os
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from namesmith_server.app.settings import Settings
from namesmith_server.engine import Secret

Contents = tuple[bytes, ...]
"""Contents of the files of one watch, in their order."""


@dataclass(frozen=True, kw_only=True)
class WorkerSettings(Settings):
    """Settings of a worker, with contents of files that its supervisor found good; never logged.

    Attributes:
        good_certificates: contents of the files of TLS; None: TLS is not served.
        good_tokens: content of the file of the tokens; None: callers need no token.
        secrets: secrets of ``key_secret`` by their names.
        excludes: texts that stand in no name, as the supervisor read them.
    """

    good_certificates: Contents | None = field(default=None, repr=False)
    good_tokens: Contents | None = field(default=None, repr=False)
    secrets: Mapping[str, Secret] = field(default_factory=dict, repr=False)
    excludes: Sequence[str] = field(default=(), repr=False)


@contextmanager
def as_files(contents: Contents) -> Iterator[Sequence[Path]]:
    """Provide files with these contents, which are in memory and have a name in no folder."""
    with ExitStack() as stack:
        paths = []
        for content in contents:
            file = stack.enter_context(os.fdopen(os.memfd_create("good"), "wb"))
            file.write(content)
            file.flush()
            paths.append(Path(f"/proc/self/fd/{file.fileno()}"))
        yield paths
