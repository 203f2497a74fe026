"""The labels, the licence and the source of a model's data: the values that are allowed.

Each check returns the fault of a value in words, without the value; None where it has none.
"""

import re
from collections.abc import Mapping
from urllib.parse import urlsplit

from namesmith.limits import (
    MAX_DATA_LABEL_CHARACTERS,
    MAX_DATA_LABELS,
    MAX_LICENCE_CHARACTERS,
    MAX_SOURCE_CHARACTERS,
)

LABEL_KEY = re.compile(rf"[a-z0-9._-]{{1,{MAX_DATA_LABEL_CHARACTERS}}}")
"""Pattern of the key of a label."""

LICENCE = re.compile(rf"[A-Za-z0-9.+:() -]{{1,{MAX_LICENCE_CHARACTERS}}}")
"""Pattern of the characters of an SPDX licence expression."""

USER = re.compile(r"(?<=//)[^/?#]*@")
"""Pattern of the user and the password of an address."""


def labels_fault(labels: Mapping[str, str]) -> str | None:
    """Return the fault of the number of labels."""
    if len(labels) > MAX_DATA_LABELS:
        return f"{len(labels)} labels, at most {MAX_DATA_LABELS} are allowed"
    return None


def key_fault(key: str) -> str | None:
    """Return the fault of the key of a label."""
    if LABEL_KEY.fullmatch(key):
        return None
    return f"is not 1 to {MAX_DATA_LABEL_CHARACTERS} of a-z, 0-9, '-', '_' and '.'"


def value_fault(value: str) -> str | None:
    """Return the fault of the value of a label."""
    if 1 <= len(value) <= MAX_DATA_LABEL_CHARACTERS and value.isprintable():
        return None
    return f"is not 1 to {MAX_DATA_LABEL_CHARACTERS} printable characters"


def licence_fault(licence: str) -> str | None:
    """Return the fault of a licence that is stated; that it is an SPDX one is not looked up."""
    if LICENCE.fullmatch(licence):
        return None
    return f"is not an SPDX licence expression of 1 to {MAX_LICENCE_CHARACTERS} characters"


def source_fault(source: str) -> str | None:
    """Return the fault of the address of a source that is stated."""
    if len(source) > MAX_SOURCE_CHARACTERS:
        return f"has {len(source)} characters, at most {MAX_SOURCE_CHARACTERS} are allowed"
    try:
        parts = urlsplit(source)
        is_address = parts.scheme in {"http", "https"} and bool(parts.hostname)
    except ValueError:
        is_address = False
    if not is_address or not source.isprintable() or " " in source:
        return "is not an http or https address"
    if "@" in parts.netloc:
        return "holds a user or a password, which everybody may read"
    return None


def without_user(source: str) -> str:
    """Return an address as an error may show it: without its user and password."""
    return USER.sub("...@", source)
