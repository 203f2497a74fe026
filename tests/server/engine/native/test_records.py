"""Names as length-delimited records: the bytes that protobuf's own serializer writes."""

from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from namesmith.v1.names_pb2 import (
    GenerateNamesResponse,
    ModelRef,
    ScoreNamesRequest,
    StreamNamesResponse,
)
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Codec, EncodedNames, count_records, native

VOCABULARY = Vocabulary.of(["abéя€😀"])
"""Symbols of one, two, three and four bytes in UTF-8."""

CODEC = Codec(VOCABULARY)

HEADER = 0x0A
"""Header byte of a string in field 1, the names of both responses."""

NAMES = st.lists(
    st.text("abéя€😀", max_size=64)
    | st.sampled_from(["", *(symbol * n for symbol in "aя€😀" for n in (31, 32, 42, 43, 63, 64))]),
    max_size=6,
)


def python_records(codec: Codec, names: EncodedNames, header: int) -> bytes:
    """Return the records that are written without compiled code."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "available", False)
        return codec.records(names, header)


@settings(deadline=None)
@given(names=NAMES, seed=st.integers(0, 2**64 - 1))
def test_records_are_the_names_of_a_response(names: list[str], seed: int) -> None:
    """Records are the bytes that protobuf writes, and with other fields behind them a response."""
    records = CODEC.records(CODEC.encode(names), HEADER)
    for response in (GenerateNamesResponse, StreamNamesResponse):
        assert records == response(names=names).SerializeToString()
        whole = response.FromString(records + response(seed=seed).SerializeToString())
        assert whole == response(names=names, seed=seed)


@settings(deadline=None)
@given(names=NAMES, header=st.integers(0, 255))
def test_compiled_code_writes_the_records_of_python(names: list[str], header: int) -> None:
    """Any header byte is written alike, from arrays of any integer type."""
    expected = python_records(CODEC, CODEC.encode(names), header)
    for dtype in (np.uint8, np.uint16, np.int32, np.int64):
        assert CODEC.records(CODEC.encode(names).astype(dtype), header) == expected


@pytest.mark.parametrize("symbol", ["a", "é", "€", "😀"])
@pytest.mark.parametrize("size", [127, 128, 129, 16_383, 16_384, 70_000])
@pytest.mark.parametrize("write", [Codec.records, python_records])
def test_a_length_of_several_bytes_is_a_varint(
    symbol: str, size: int, write: Callable[[Codec, EncodedNames, int], bytes]
) -> None:
    """Lengths around 2^7, 2^14 and more bytes are written as protobuf writes them."""
    name = symbol * (size // len(symbol.encode())) + "a" * (size % len(symbol.encode()))
    names = [name, "", "b", name]
    expected = GenerateNamesResponse(names=names).SerializeToString()
    assert write(CODEC, CODEC.encode(names), HEADER) == expected


@pytest.mark.parametrize("write", [Codec.records, python_records])
def test_many_names_are_written_alike(
    write: Callable[[Codec, EncodedNames, int], bytes],
) -> None:
    """More symbols than are written while the interpreter's lock is kept give the same bytes."""
    names = ["aя€😀b"[: i % 6] for i in range(5_000)]
    expected = GenerateNamesResponse(names=names).SerializeToString()
    assert write(CODEC, CODEC.encode(names), HEADER) == expected


def test_symbols_without_an_end_are_refused() -> None:
    """Compiled code reads no symbol behind the last one."""
    for names in ([1], [1, 0, 2], []):
        with pytest.raises(ValueError, match="the last symbol is not the end symbol"):
            native.write_records(np.array(names, dtype=np.int64), b"", HEADER)


@settings(deadline=None)
@given(
    raw=st.lists(
        st.binary(max_size=12)
        | st.sampled_from(
            [b"\x12\x00", b"\x12\x02ab", b"\x0a\x04\x12\x00\x12\x00", b"\x0a\x81\x01"]
        ),
        max_size=12,
    ).map(b"".join)
)
def test_compiled_code_counts_the_records_of_python(raw: bytes) -> None:
    """Any bytes are counted alike, up to the first broken record."""
    compiled = count_records(raw, 0x12, 0x0A)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(native, "available", False)
        assert count_records(raw, 0x12, 0x0A) == compiled


@given(names=NAMES, model=st.text(max_size=200))
def test_the_records_of_a_request_are_its_names(names: list[str], model: str) -> None:
    """Beside the names stand the model and its name, whatever text they are."""
    request = ScoreNamesRequest(names=names, model=ModelRef(name=model))
    others = 1 + bool(model)
    found = count_records(request.SerializeToString(), 0x12, 0x0A)
    assert found == (len(names) + others, len(names))
