"""Manifests that are almost sound, and the rule for their reader: a manifest, or words to log."""

import json
from typing import Any

from hypothesis import strategies as st

from chain_bundles import chain_manifest, definite_chain
from fuzzing.mutations import mutated
from namesmith.manifest import ManifestError, dumps, loads
from namesmith.v1.manifest_pb2 import File, Manifest

SOUND_MANIFEST = chain_manifest(definite_chain(1, 2, 0.6), 2, "sound")
SOUND_MANIFEST.version = 1
SOUND_MANIFEST.files.append(File(path="chain.safetensors", size=99, sha256="0" * 64))
SOUND_MANIFEST.training.settings["steps"] = "100"

WORDS = (
    b"NaN",
    b"-Infinity",
    b"1e400",
    b"-1",
    b"1.5",
    b'"1"',
    b"null",
    b"true",
    b"[]",
    b"{}",
    b'"\\ud800"',
    b'"\\u0000"',
    b"9" * 30,
    b"[" * 200,
    b'{"a":' * 200,
    b"\xef\xbb\xbf",
    b"\xed\xa0\x80",
    b'"version": 2, ',
    b'"@type": "", ',
)
"""Bytes that mean something in JSON."""

VALUES = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from(("NaN", "1", "1e3", "2024-01-01T00:00:00Z", "../x", "\0", "9" * 5_000)),
        st.sampled_from((2**31, 2**63, 2**64, 10**400)),
    ),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=4), inner),
    max_leaves=6,
)
"""Strategy for any value that JSON can write, and some that it cannot."""


def paths_of(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    """Return the place of every value inside a value of JSON."""
    items: list[tuple[Any, Any]] = []
    if isinstance(value, dict):
        items = list(value.items())
    elif isinstance(value, list):
        items = list(enumerate(value))
    return [path, *(one for key, inner in items for one in paths_of(inner, (*path, key)))]


@st.composite
def structured(draw: st.DrawFn) -> bytes:
    """Draw a sound manifest of which one or two values, anywhere, are others."""
    manifest = json.loads(dumps(SOUND_MANIFEST))
    for _ in range(draw(st.integers(1, 2))):
        path = draw(st.sampled_from(paths_of(manifest)[1:]))
        inner = manifest
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = draw(VALUES)
    return json.dumps(manifest).encode()


ALMOST_MANIFESTS = (
    mutated(st.just(dumps(SOUND_MANIFEST)), WORDS) | structured() | st.binary(max_size=40)
)
"""Strategy for bytes that are almost a manifest, or none."""


def read_manifest(raw: bytes) -> Manifest | None:
    """Return the manifest, or None where the bytes are refused with words that can be logged."""
    try:
        return loads(raw)
    except ManifestError as error:
        message = str(error)
        assert message.isprintable(), repr(message)
        assert len(message) < 1_000, message
        return None
