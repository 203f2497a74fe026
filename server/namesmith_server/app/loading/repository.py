"""The models and versions that a repository holds; strangers in it are passed over, and told.

A model is a folder MODEL with a folder VERSION inside. Neither may be a symlink: a repository holds
all that is served from it. Names that begin with a dot belong to tools, such as a publisher that is
at work, and are passed over in silence.
"""

import errno
import logging
import os
import re
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from namesmith.limits import MAX_VERSION
from namesmith.manifest import MODEL_NAME
from namesmith.quoting import printable
from namesmith_server.app.errors import LoadError

VERSION = re.compile(rf"[1-9][0-9]{{0,{len(str(MAX_VERSION)) - 1}}}")
"""Pattern of the names of version folders, up to ``MAX_VERSION``."""

LABELS = "labels.json"
"""Name of the file of labels in the folder of a model."""

MAX_FILES = 1_000
"""Largest number of files of a version that its identity depends on."""

GONE = (errno.ENOENT, errno.ENOTDIR)
"""Numbers of the errors of a folder that has gone; any other may pass."""

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Found:
    """The content of a repository.

    Attributes:
        models: folder of the repository.
        versions: versions of each model, the newest first, by the name of the model; a model may
            have none.
        faults: reason for which an entry of the repository is no model, by its name.
        unreadable: names of the faults' entries that are there, but cannot be read.
    """

    models: Path
    versions: Mapping[str, tuple[int, ...]]
    faults: Mapping[str, str]
    unreadable: Collection[str] = ()

    def require(self, wanted: Collection[str]) -> None:
        """Hold the repository to the models that are wanted, or to one model at least.

        Raises:
            LoadError: it lacks a wanted model, or holds no model.
        """
        models = printable(str(self.models))
        for name in sorted(name for name in wanted if not self.versions.get(name)):
            is_empty = name in self.versions
            missing = "holds no version" if is_empty else "there is no such model"
            fault = self.faults.get(name, missing)
            raise LoadError(f"model {printable(name)}: models {models}: {fault}")
        if not self.versions:
            raise LoadError(f"models {models}: holds no model")


class Repository:
    """A folder of models, which is looked at again and again; a stranger is told once."""

    def __init__(self, models: Path, wanted: Collection[str]) -> None:
        """Set the folder, and the names of the models to serve; empty: every model."""
        self._models = models
        self._wanted = wanted
        self._passed: dict[str, str] = {}  # reasons by path, of this look
        self._told: dict[str, str] = {}  # and of the look before

    def look(self) -> Found:
        """Return the models of the repository.

        Raises:
            LoadError: the repository cannot be read.
        """
        found: dict[str, tuple[int, ...]] = {}
        faults: dict[str, str] = {}
        unreadable: set[str] = set()
        self._passed = {}
        for entry in self._entries():
            if self._wanted and entry.name not in self._wanted:
                continue
            try:
                fault = _fault(entry, MODEL_NAME)
                if fault is None:
                    found[entry.name] = self._versions(entry)
            except OSError as error:
                if error.errno in GONE:
                    continue
                unreadable.add(entry.name)
                fault = error.strerror or type(error).__name__
            if fault is not None:
                faults[entry.name] = fault
                self._pass_over(entry, fault)
        self._told = self._passed
        return Found(self._models, found, faults, unreadable)

    def _entries(self) -> Iterator[os.DirEntry[str]]:
        """Yield the entries of the repository by name, but the hidden ones."""
        try:
            with os.scandir(self._models) as entries:
                listed = sorted(entries, key=lambda entry: entry.name)
        except OSError as error:
            models = printable(str(self._models))
            raise LoadError(f"models {models}: {error.strerror}") from error
        return (entry for entry in listed if not entry.name.startswith("."))

    def _versions(self, model: os.DirEntry[str]) -> tuple[int, ...]:
        """Return the versions of a model, the newest first."""
        found = []
        with os.scandir(model) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name == LABELS:
                    continue
                fault = _fault(entry, VERSION)
                if fault is None:
                    found.append(int(entry.name))
                else:
                    self._pass_over(entry, fault)
        return tuple(sorted(found, reverse=True))

    def _pass_over(self, entry: os.DirEntry[str], fault: str) -> None:
        """Tell of a stranger, unless the look before has told of it."""
        self._passed[entry.path] = fault
        if self._told.get(entry.path) != fault:
            path = printable(os.fsencode(entry.path).decode(errors="replace"))
            log.warning("passed over", extra={"path": path, "reason": fault})


def identity_of(folder: Path) -> object:
    """Return a value that changes when a file of a version is replaced or written to."""
    found = []
    for at, _, names in os.walk(folder):
        for name in names:
            path = os.path.join(at, name)  # noqa: PTH118 - of many files
            try:
                status = os.lstat(path)
            except OSError:
                continue
            found.append((path, status.st_ino, status.st_size, status.st_mtime_ns))
            if len(found) == MAX_FILES:
                return found
    return sorted(found)


def _fault(entry: os.DirEntry[str], names: re.Pattern[str]) -> str | None:
    """Return the reason why an entry is no folder of a model or a version; None where it is one."""
    if entry.is_symlink():
        return "is a symlink"
    if not entry.is_dir(follow_symlinks=False):
        return "is no folder"
    if not names.fullmatch(entry.name):
        return "has another name than models and versions have"
    return None
