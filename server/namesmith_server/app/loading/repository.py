"""The models and versions that a repository holds; strangers in it are passed over, and told.

A model is a folder MODEL with a folder VERSION inside. Neither may be a symlink: a repository holds
all that is served from it. Names that begin with a dot belong to tools, such as a publisher that is
at work, and are passed over in silence.
"""

import logging
import os
import re
from collections.abc import Collection, Iterator
from pathlib import Path

from namesmith.manifest import MODEL_NAME
from namesmith.quoting import printable, quoted
from namesmith_server.app.errors import LoadError

VERSION = re.compile(r"[1-9][0-9]{0,17}")
"""Pattern of the names of version folders."""

log = logging.getLogger(__name__)


def find_models(models: Path, wanted: Collection[str]) -> dict[str, list[int]]:
    """Return the versions of each model to serve, the newest first, by the name of the model.

    Args:
        models: folder of the repository.
        wanted: names of the models to serve; empty: every model.

    Raises:
        LoadError: the repository cannot be read, holds no model, or a wanted model is none.
    """
    found: dict[str, list[int]] = {}
    faults: dict[str, str] = {}
    for entry in _entries(models):
        if wanted and entry.name not in wanted:
            continue
        fault = _fault(entry, MODEL_NAME)
        if fault is None:
            try:
                found[entry.name] = _versions(entry)
            except OSError as error:
                fault = error.strerror or type(error).__name__
            else:
                fault = None if found[entry.name] else "holds no version"
        if fault is not None:
            found.pop(entry.name, None)
            faults[entry.name] = fault
            _pass_over(entry, fault)
    for name in sorted(set(wanted) - found.keys()):
        fault = faults.get(name, "there is no such model")
        raise LoadError(f"model {quoted(name)}: models {printable(str(models))}: {fault}")
    if not found:
        raise LoadError(f"models {printable(str(models))}: holds no model")
    return found


def _entries(models: Path) -> Iterator[os.DirEntry[str]]:
    """Yield the entries of the repository by name, but the hidden ones."""
    try:
        with os.scandir(models) as entries:
            listed = sorted(entries, key=lambda entry: entry.name)
    except OSError as error:
        raise LoadError(f"models {printable(str(models))}: {error.strerror}") from error
    return (entry for entry in listed if not entry.name.startswith("."))


def _versions(model: os.DirEntry[str]) -> list[int]:
    """Return the versions of a model, the newest first."""
    found = []
    with os.scandir(model) as entries:
        for entry in entries:
            if entry.name.startswith("."):
                continue
            fault = _fault(entry, VERSION)
            if fault is None:
                found.append(int(entry.name))
            else:
                _pass_over(entry, fault)
    return sorted(found, reverse=True)


def _fault(entry: os.DirEntry[str], names: re.Pattern[str]) -> str | None:
    """Return the reason why an entry is no folder of a model or a version; None where it is one."""
    if entry.is_symlink():
        return "is a symlink"
    if not entry.is_dir(follow_symlinks=False):
        return "is no folder"
    if not names.fullmatch(entry.name):
        return "has another name than models and versions have"
    return None


def _pass_over(entry: os.DirEntry[str], fault: str) -> None:
    passed = {"path": printable(os.fsencode(entry.path).decode(errors="replace")), "reason": fault}
    log.warning("passed over", extra=passed)
