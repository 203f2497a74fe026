"""Labels: names of versions, such as ``stable``, in the file MODEL/labels.json of the repository.

The file is JSON, an object of versions by label. It is replaced as a whole, never written in place.
"""

import errno
import json
import os
import re
import stat
import tempfile
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path

from namesmith.quoting import quoted
from namesmith_server.app.loading import LABELS

Labels = Mapping[str, int]
"""The version of each label of a model."""

NO_LABELS: Labels = {}

LABEL = re.compile(r"[a-z][a-z0-9._-]{0,63}")
"""Pattern of a label."""

MAX_LABELS = 100
"""Largest number of labels of a model."""

MAX_BYTES = 16 << 10
"""Size in bytes of the largest file of labels."""

MAX_VERSION = 10**18 - 1
"""Largest version."""


class LabelsError(Exception):
    """The labels of a model cannot be read or written; the message names the file."""


def read_labels(model: Path) -> Labels:
    """Return the labels of the model in a folder; none where it has no file of labels.

    Raises:
        LabelsError: the file is a link, too large or malformed, or cannot be read.
    """
    try:
        raw = _read(model / LABELS)
    except FileNotFoundError:
        return NO_LABELS
    except OSError as error:
        raise LabelsError(f"{LABELS}: {error.strerror}") from error
    try:
        labels = json.loads(raw)
    except (ValueError, RecursionError) as error:
        raise LabelsError(f"{LABELS}: is not JSON") from error
    _check(labels)
    return dict(sorted(labels.items()))


def write_label(model: Path, label: str, version: int) -> None:
    """Give a label to a version, 0: to none, durably; the other labels of the file stay.

    Raises:
        LabelsError: as ``read_labels`` and ``write_labels``; the file is as it was.
    """
    write_labels(model, labelled(read_labels(model), label, version))


def labelled(labels: Labels, label: str, version: int) -> Labels:
    """Return labels of which one names another version; 0: none."""
    others = {one: of for one, of in labels.items() if one != label}
    return {**others, label: version} if version else others


def write_labels(model: Path, labels: Labels) -> None:
    """Replace the labels of the model in a folder, durably: readers see the old ones, or the new.

    Raises:
        LabelsError: the labels are malformed, or cannot be written; the old ones are as they were.
    """
    _check(dict(labels))
    text = json.dumps(dict(sorted(labels.items())), indent=2) + "\n"
    try:
        _replace(model / LABELS, text.encode())
    except OSError as error:
        raise LabelsError(f"{LABELS}: {error.strerror}") from error


def _read(path: Path) -> bytes:
    """Return the bytes of a plain file, within bounds."""
    flags = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_NOCTTY
    try:
        descriptor = os.open(path, flags)
    except OSError as error:
        if error.errno == errno.ELOOP:
            raise OSError(errno.ELOOP, "is a symlink") from error
        raise
    with os.fdopen(descriptor, "rb") as file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise OSError(errno.EINVAL, "is not a plain file")
        raw = file.read(MAX_BYTES + 1)
    if len(raw) > MAX_BYTES:
        raise OSError(errno.EFBIG, f"has more than {MAX_BYTES} bytes")
    return raw


def _check(labels: object) -> None:
    """Refuse anything but a bounded number of labels, each with a version."""
    if not isinstance(labels, dict):
        raise LabelsError(f"{LABELS}: is no object of versions by label")
    if len(labels) > MAX_LABELS:
        raise LabelsError(f"{LABELS}: {len(labels)} labels, at most {MAX_LABELS} are allowed")
    for label, version in labels.items():
        if not LABEL.fullmatch(label):
            raise LabelsError(
                f"{LABELS}: label {quoted(label)} is not 1 to 64 of a-z, 0-9, '-', '_' and '.',"
                " a letter first"
            )
        if type(version) is not int or not 1 <= version <= MAX_VERSION:
            raise LabelsError(f"{LABELS}: label {quoted(label)}: its version is no integer >= 1")


def _replace(path: Path, raw: bytes) -> None:
    """Write bytes to a file beside the path, force them to the disk, and rename it."""
    descriptor, written = tempfile.mkstemp(prefix=".labels-", dir=path.parent)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(raw)
            file.flush()
            os.fchmod(file.fileno(), 0o644)
            os.fsync(file.fileno())
        Path(written).replace(path)
    except BaseException:
        with suppress(OSError):
            Path(written).unlink()
        raise
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
