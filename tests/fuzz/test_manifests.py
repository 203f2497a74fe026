"""The reader of manifests returns a manifest or refuses the bytes, whatever they are."""

import pytest
from google.protobuf.message import Message
from hypothesis import given

from fuzzing import ALMOST_MANIFESTS, SOUND_MANIFEST, Corpus, fuzzed, messages, read_manifest
from namesmith.manifest import dumps
from namesmith.v1.manifest_pb2 import Manifest

CORPUS = Corpus("manifests")


def test_the_sound_manifest_is_read_manifest() -> None:
    """The manifest that the examples are made of is read back as it was written."""
    assert read_manifest(dumps(SOUND_MANIFEST)) == SOUND_MANIFEST


@pytest.mark.parametrize("raw", CORPUS.examples())
def test_the_corpus_of_manifests_is_read_or_refused(raw: bytes) -> None:
    """Bytes that were a fault once are a manifest or refused."""
    read_manifest(raw)


@fuzzed(150)
@given(ALMOST_MANIFESTS)
def test_any_bytes_are_a_manifest_or_refused(raw: bytes) -> None:
    """Bytes that are almost a manifest are read, or refused as no manifest."""
    with CORPUS.keeping(raw):
        read_manifest(raw)


@fuzzed(100)
@given(messages(Manifest.DESCRIPTOR))
def test_any_manifest_that_is_written_is_read_or_refused(message: Message) -> None:
    """Any values of the fields are read back unchanged, or refused."""
    assert isinstance(message, Manifest)
    raw = dumps(message)
    with CORPUS.keeping(raw):
        again = read_manifest(raw)
        assert again is None or dumps(again) == raw
