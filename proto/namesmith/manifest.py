"""The manifest: canonical JSON of the ``namesmith.v1.Manifest`` message.

Canonical JSON has the proto's own field names, sorted keys, an indent of two, characters beyond
ASCII unescaped in UTF-8, and one newline at the end, so that equal manifests are equal bytes. This
module knows JSON and no files.
"""

import json
import math
import re
from collections.abc import Sequence

from google.protobuf import json_format
from google.protobuf.message import Message

from namesmith import provenance
from namesmith.limits import (
    ASSUMED_LOG_PROB_DIFFERENCE,
    MAX_LOG_PROB_DIFFERENCE,
    MAX_MODEL_NAME_CHARACTERS,
)
from namesmith.quoting import quoted
from namesmith.v1.manifest_pb2 import Data, Manifest
from namesmith.vocabulary import Vocabulary

FORMAT_VERSION = 2
"""Version of the bundle format that this package writes."""

READABLE_VERSIONS = (1, FORMAT_VERSION)
"""Versions of the bundle format that this package reads; a bundle of version 1 holds no chain."""

MANIFEST_LIMIT = 1 << 20
"""Size in bytes of the largest manifest."""

MAX_FIELDS = 8_192
"""Largest number of colons and opening brackets in a manifest.

Each may stand for a dictionary, a list or a field, which cost a reader hundreds of bytes.
"""

MAX_VALUES = 1 << 16
"""Largest number of commas in a manifest, which is about that of its values, symbols above all."""

MAX_BLOCK_SIZE = 1_024
"""Largest number of symbols in a context of a model."""

FORM_HEADROOM = 8
"""Ratio of the form difference that other machines may show to the difference measured.

A device or a batch size may change the difference too.
"""

LEAST_FORM_DIFFERENCE = 1e-5
"""Least difference, in nats, that is assumed of an exported form: rounding in float32."""

MAX_REASON = 200
"""Largest number of characters of the parser's message that a refusal repeats."""

SPLIT_NAME = re.compile(r"[a-z0-9_-]{1,64}")
"""Pattern of the names that a split may have: the name of its file is made of it."""

MODEL_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_MODEL_NAME_CHARACTERS - 1}}}")
"""Pattern of the names that a model may have."""


class ManifestError(ValueError):
    """A manifest that cannot be read; the message says why."""


def dumps(manifest: Manifest) -> bytes:
    """Write the canonical JSON of a manifest."""
    fields = json_format.MessageToDict(manifest, preserving_proto_field_name=True)
    return (json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def loads(raw: bytes) -> Manifest:
    """Read a manifest from JSON and check it.

    Raises:
        ManifestError: the bytes are not JSON of the message, or the format version, the model's
            name, its version, its vocabulary, its block size, its difference, a split's name, or
            the labels, licence or source of its data are not allowed, or a number is not finite.
    """
    _check_size(raw)
    try:
        manifest = json_format.Parse(raw.decode("utf-8"), Manifest())
    except UnicodeDecodeError as error:
        raise _malformed("it is not UTF-8") from error
    except RecursionError as error:
        raise _malformed("its brackets are nested too deeply") from error
    except (json_format.ParseError, AttributeError, TypeError, ValueError) as error:
        raise _malformed(quoted(str(error).partition("\n")[0], MAX_REASON)) from error
    _check(manifest)
    return manifest


def _check_size(raw: bytes) -> None:
    """Refuse bytes whose JSON would take many times their size in memory."""
    if len(raw) > MANIFEST_LIMIT:
        raise _malformed(f"it has {len(raw)} bytes, {MANIFEST_LIMIT} are allowed")
    fields, values = raw.count(b"{") + raw.count(b"[") + raw.count(b":"), raw.count(b",")
    if fields > MAX_FIELDS:
        raise _malformed(f"it has {fields} colons and opening brackets, {MAX_FIELDS} are allowed")
    if values > MAX_VALUES:
        raise _malformed(f"it has {values} commas, {MAX_VALUES} are allowed")


def _malformed(reason: str) -> ManifestError:
    return ManifestError(f"manifest.json is not a manifest: {reason}")


def _check(manifest: Manifest) -> None:
    """Raise ``ManifestError`` for a field whose value is not allowed; the message names both."""
    if manifest.format_version not in READABLE_VERSIONS:
        raise ManifestError(
            f"format_version: {manifest.format_version} is unknown, this reader knows"
            f" {' and '.join(map(str, READABLE_VERSIONS))}"
        )
    if not MODEL_NAME.fullmatch(manifest.model):
        raise ManifestError(
            f"model: {quoted(manifest.model)} is not 1 to {MAX_MODEL_NAME_CHARACTERS} of a-z, 0-9,"
            " '.', '_' and '-', a letter or a digit first"
        )
    if manifest.version < 1:
        raise ManifestError(f"version: {manifest.version} is below 1")
    if not 1 <= manifest.architecture.block_size <= MAX_BLOCK_SIZE:
        raise ManifestError(
            f"block_size: {manifest.architecture.block_size} is not in [1, {MAX_BLOCK_SIZE}]"
        )
    if not 0 <= manifest.max_log_prob_difference <= MAX_LOG_PROB_DIFFERENCE:
        raise ManifestError(
            f"max_log_prob_difference: {manifest.max_log_prob_difference} is not in"
            f" [0, {MAX_LOG_PROB_DIFFERENCE}]"
        )
    try:
        Vocabulary(tuple(manifest.vocabulary.symbols))
    except ValueError as error:
        raise ManifestError(f"vocabulary: {error}") from error
    _check_splits([split.name for split in manifest.splits])
    _check_provenance(manifest.data)
    _check_numbers(manifest)


def _check_splits(names: Sequence[str]) -> None:
    for name in names:
        if not SPLIT_NAME.fullmatch(name):
            raise ManifestError(
                f"splits: the name {quoted(name)} is not 1 to 64 of a-z, 0-9, '_' and '-'"
            )
    if len(set(names)) < len(names):
        raise ManifestError("splits: a name stands twice")


def _check_provenance(data: Data) -> None:
    """Raise ``ManifestError`` for labels, a licence or a source that is not allowed."""
    faults = [("labels", provenance.labels_fault(data.labels))]
    for key, value in data.labels.items():
        faults.append((f"labels: the key {quoted(key)}", provenance.key_fault(key)))
        faults.append((f"labels: the value {quoted(value)}", provenance.value_fault(value)))
    if data.licence:
        faults.append((f"licence: {quoted(data.licence)}", provenance.licence_fault(data.licence)))
    if data.source:
        shown = quoted(provenance.without_user(data.source))
        faults.append((f"source: {shown}", provenance.source_fault(data.source)))
    for where, fault in faults:
        if fault:
            raise ManifestError(f"data.{where}{' ' if ':' in where else ': '}{fault}")


def _check_numbers(message: Message, where: str = "") -> None:
    """Raise ``ManifestError`` for a number, at any depth, that is infinite or not a number."""
    for field, value in message.ListFields():
        path = f"{where}{field.name}"
        if field.message_type and not field.message_type.GetOptions().map_entry:
            # Protobuf 6.30 has no is_repeated, 7 has no label.
            for part in value if field.default_value == [] else [value]:
                _check_numbers(part, f"{path}.")
        elif isinstance(value, float) and not math.isfinite(value):
            raise ManifestError(f"{path}: {value} is not finite")


def log_prob_difference_bound(manifest: Manifest) -> float:
    """Return the bound on the difference of two exported forms in log-probability, in nats.

    Each form differs from the network by the difference that the trainer measured on its machine,
    and by up to ``FORM_HEADROOM`` times that difference on other machines. The forms of a chain
    look up the same numbers and have no difference. Of a network whose manifest records no
    difference, ``ASSUMED_LOG_PROB_DIFFERENCE`` is assumed.
    """
    measured = manifest.max_log_prob_difference
    if not measured and not manifest.HasField("chain"):
        return 2 * ASSUMED_LOG_PROB_DIFFERENCE
    return 2 * max(FORM_HEADROOM * measured, LEAST_FORM_DIFFERENCE)
