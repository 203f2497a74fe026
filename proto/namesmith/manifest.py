"""The manifest: canonical JSON of the ``namesmith.v1.Manifest`` message.

Canonical: the proto's own field names, keys sorted, indented by two, UTF-8 as it is, one newline
at the end, so that equal manifests are equal bytes. Knows JSON; knows no files.
"""

import json
import re

from google.protobuf import json_format

from namesmith.limits import MAX_MODEL_NAME_CHARACTERS
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.vocabulary import Vocabulary

FORMAT_VERSION = 1
MAX_BLOCK_SIZE = 1_024
MODEL_NAME = re.compile(rf"[a-z0-9][a-z0-9._-]{{0,{MAX_MODEL_NAME_CHARACTERS - 1}}}")


class ManifestError(ValueError):
    """A manifest that cannot be read; the message says why."""


def dumps(manifest: Manifest) -> bytes:
    """The canonical JSON of a manifest."""
    fields = json_format.MessageToDict(manifest, preserving_proto_field_name=True)
    return (json.dumps(fields, indent=2, sort_keys=True, ensure_ascii=False) + "\n").encode()


def loads(raw: bytes) -> Manifest:
    """The manifest that the JSON holds, checked.

    Raises:
        ManifestError: it is not JSON of the message, or its format version, model name,
            version, vocabulary or block size are none that this reader knows.
    """
    try:
        manifest = json_format.Parse(raw.decode("utf-8"), Manifest())
    except (UnicodeDecodeError, json_format.ParseError) as error:
        raise ManifestError("manifest.json is not a manifest") from error
    if manifest.format_version != FORMAT_VERSION:
        raise ManifestError(
            f"format_version: {manifest.format_version} is unknown, this reader knows"
            f" {FORMAT_VERSION}"
        )
    if not MODEL_NAME.fullmatch(manifest.model):
        raise ManifestError(f"model: {manifest.model!r} is not a model name")
    if manifest.version < 1:
        raise ManifestError(f"version: {manifest.version} is below 1")
    if not 1 <= manifest.architecture.block_size <= MAX_BLOCK_SIZE:
        raise ManifestError(
            f"block_size: {manifest.architecture.block_size} is not in [1, {MAX_BLOCK_SIZE}]"
        )
    try:
        Vocabulary(tuple(manifest.vocabulary.symbols))
    except ValueError as error:
        raise ManifestError(f"vocabulary: {error}") from error
    return manifest
