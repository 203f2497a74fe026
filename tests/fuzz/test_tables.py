"""The readers of tables and chains return checked arrays or refuse the bytes, whatever they are."""

import json
import math
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from safetensors.numpy import save

from chain_bundles import definite_chain
from chain_faults import tensors_of
from fuzzing import Corpus, fuzzed, mutated
from namesmith.bundle import CHAIN, TABLE
from namesmith_server.backends import BackendConfig, BackendError, TableBackend

ORDER = 2
CHAIN_SOUND = definite_chain(1, ORDER, 0.6)
VOCAB = CHAIN_SOUND.vocab_size

CHAINS, TABLES = Corpus("chains"), Corpus("tables")

SOUND = {
    CHAIN: save(tensors_of(CHAIN_SOUND)),
    TABLE: save({"log_probs": np.full((VOCAB**ORDER, VOCAB), -np.log(VOCAB), np.float32)}),
}
"""Bytes of a sound file of each kind."""

WORDS = (
    b'"F64"', b'"BF16"', b'"F8_E4M3"', b'"F4"', b'"BOOL"', b'"I32"', b"[-1,6]", b"[0]", b"[]",
    b"18446744073709551615", b"9" * 30, b'"shape":', b'"data_offsets":[0,', b'"__metadata__":{}',
    b"\x00\x00\xc0\x7f", b"\x00\x00\x80\xff", b"\x00\x00\x00\x80", b"\xff\xff\xff\xff",
)  # fmt: skip
"""Bytes that mean something in a safetensors file: types, shapes, not-a-number, infinity, -1."""

BITS = {
    "F64": 64,
    "F32": 32,
    "F16": 16,
    "BF16": 16,
    "F8_E4M3": 8,
    "F8_E5M2": 8,
    "F8_E8M0": 8,
    "F6_E2M3": 6,
    "F6_E3M2": 6,
    "F4": 4,
    "C64": 64,
    "BOOL": 8,
    "I64": 64,
    "U64": 64,
    "I32": 32,
    "U32": 32,
    "I16": 16,
    "U16": 16,
    "I8": 8,
    "U8": 8,
}
"""Number of bits of a value of each type that safetensors knows."""

NAMES = st.sampled_from(("log_probs", "successors", "rows", "start", "x"))
SIZES = st.sampled_from((0, 1, 2, VOCAB, VOCAB**ORDER, len(CHAIN_SOUND), 2**31, 2**62, 2**63, -1))


def read(file: str, raw: bytes) -> TableBackend | None:
    """Return the backend of a file's bytes, or None where they are refused."""
    config = BackendConfig(vocab_size=VOCAB, block_size=ORDER, file=file)
    try:
        backend = TableBackend(raw, config)
    except BackendError as error:
        message = str(error)
        assert message.isprintable(), repr(message)
        assert file.partition(".")[0] in message, message
        return None
    contexts = np.indices((VOCAB,) * ORDER).reshape(ORDER, -1).T.astype(np.int64)
    log_probs = backend.log_probs(contexts)
    assert log_probs.shape == (VOCAB**ORDER, VOCAB)
    assert np.allclose(np.exp(log_probs).sum(1), 1, atol=1e-3)
    return backend


@st.composite
def headed(draw: st.DrawFn) -> bytes:
    """Draw a safetensors file whose header tells of any types, shapes and places."""
    header: dict[str, Any] = {}
    for name in draw(st.lists(NAMES)):
        header[name] = {
            "dtype": draw(st.sampled_from(sorted(BITS))),
            "shape": draw(st.lists(SIZES, max_size=4)),
            "data_offsets": draw(st.lists(SIZES, min_size=1, max_size=3)),
        }
    data = draw(st.binary(max_size=64))
    written = len(json.dumps(header))
    return lengthened(header, data, draw(st.sampled_from((written, 0, 8, 10**8, 2**64 - 1))))


@st.composite
def typed(draw: st.DrawFn) -> bytes:
    """Draw a sound safetensors file of tensors of any types and shapes."""
    header: dict[str, Any] = {}
    at = 0
    for name in draw(st.lists(NAMES, min_size=1, max_size=4, unique=True)):
        dtype = draw(st.sampled_from(sorted(BITS)))
        usual = st.sampled_from(([VOCAB**ORDER, VOCAB], [len(CHAIN_SOUND), VOCAB], [1], [], [0]))
        shape = draw(usual | st.lists(st.integers(0, 8), max_size=4))
        end = at + (BITS[dtype] * math.prod(shape) + 7) // 8
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [at, end]}
        at = end
    return lengthened(header, bytes(at))


def lengthened(header: dict[str, Any], data: bytes, length: int | None = None) -> bytes:
    """Return a safetensors file: the header's length, the header, the tensors' bytes."""
    written = json.dumps(header).encode()
    return (len(written) if length is None else length).to_bytes(8, "little") + written + data


@st.composite
def valued(draw: st.DrawFn) -> bytes:
    """Draw a chain file of the right types, of which some values are others."""
    tensors = tensors_of(CHAIN_SOUND)
    for _ in range(draw(st.integers(1, 3))):
        tensor = tensors[draw(st.sampled_from(sorted(tensors)))].reshape(-1)
        at = draw(st.integers(0, tensor.size - 1))
        if tensor.dtype == np.float32:
            tensor[at] = draw(st.floats(width=32))
        else:
            tensor[at] = draw(st.integers(-2, len(CHAIN_SOUND) + 1) | st.sampled_from((-(2**31),)))
    return save(tensors)


@pytest.mark.parametrize("file", [CHAIN, TABLE])
def test_the_sound_file_is_read(file: str) -> None:
    """The files that the examples are made of are read."""
    assert read(file, SOUND[file]) is not None


@pytest.mark.parametrize("raw", CHAINS.examples())
def test_the_corpus_of_chains_is_read_or_refused(raw: bytes) -> None:
    """Bytes that were a fault once are a chain or refused."""
    read(CHAIN, raw)


@pytest.mark.parametrize("raw", TABLES.examples())
def test_the_corpus_of_tables_is_read_or_refused(raw: bytes) -> None:
    """Bytes that were a fault once are a table or refused."""
    read(TABLE, raw)


@fuzzed(150)
@given(
    mutated(st.just(SOUND[CHAIN]), WORDS) | headed() | typed() | valued() | st.binary(max_size=40)
)
def test_any_bytes_are_a_chain_or_refused(raw: bytes) -> None:
    """Bytes that are almost a chain file give distributions, or are refused by the file's name."""
    with CHAINS.keeping(raw):
        read(CHAIN, raw)


@fuzzed(150)
@given(mutated(st.just(SOUND[TABLE]), WORDS) | headed() | typed() | st.binary(max_size=40))
def test_any_bytes_are_a_table_or_refused(raw: bytes) -> None:
    """Bytes that are almost a table file give distributions, or are refused by the file's name."""
    with TABLES.keeping(raw):
        read(TABLE, raw)
