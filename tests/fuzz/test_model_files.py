"""The inspections of model files let a file pass or refuse it, whatever its bytes are."""

import io
import zipfile
from functools import cache

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain_bundles import chain_files, definite_chain
from fuzzing import Corpus, fuzzed, mutated
from namesmith.bundle import ONNX, TORCHSCRIPT
from namesmith_server.backends import BackendError
from namesmith_server.backends.inspection import check_onnx, rebuild_torchscript

MODELS = {ONNX: Corpus("onnx"), TORCHSCRIPT: Corpus("torchscript")}

OPCODES = tuple(bytes([opcode]) for opcode in b"cRbi\x93\x94\x95Bjh.0(tu}]QP\x80\x8a\x8bX")
"""Opcodes of pickle that call, import, remember or end."""

CODE = (
    b"torch.from_file('x', None, 1)", b"import os\n", b"__import__", b"exec", b"(" * 300,
    b"[x for x in y]", b"lambda: 0", b"while True:\n  pass\n", b"\t", b"\\", b'"""', b"\0", b"@",
    b"ops.aten.save", b"annotate(", b"async def f(): await x\n", b"{**a}", b"f'{a!r}'", b"...",
)  # fmt: skip
"""Code that no network needs."""


@cache
def sound() -> dict[str, bytes]:
    """Return the files of a sound model, which only a process that runs these tests exports."""
    return chain_files(definite_chain(1, 2, 0.6), 2)


def almost(file: str) -> st.SearchStrategy[bytes]:
    """Return the strategy of bytes that are almost a model file, or are short."""
    return st.deferred(lambda: mutated(st.just(sound()[file]))) | st.binary(max_size=60)


def inspect(file: str, raw: bytes) -> None:
    """Inspect a model file; hold a refusal to words that can be logged."""
    try:
        if file == ONNX:
            check_onnx(raw)
        else:
            rebuild_torchscript(raw, lambda _name: False)
    except BackendError as error:
        message = str(error)
        assert message.isprintable(), repr(message)
        assert file in message, message
        assert len(message) < 1_000, message


@st.composite
def archives(draw: st.DrawFn) -> bytes:
    """Draw an archive of TorchScript of which one member has other bytes, name or twin."""
    with zipfile.ZipFile(io.BytesIO(sound()[TORCHSCRIPT])) as archive:
        members = {name: archive.read(name) for name in archive.namelist()}
    changed = draw(st.sampled_from(sorted(members)))
    words = OPCODES if changed.endswith(".pkl") else CODE
    raw = draw(mutated(st.just(members[changed]), words))
    name = draw(st.sampled_from((changed, changed, changed, f"{changed}x", "../x", "code/x.py")))
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", draw(st.sampled_from((0, 0, 8, 14)))) as archive:
        for each, content in members.items():
            if each != changed:
                archive.writestr(each, content)
        archive.writestr(name, raw)
    return out.getvalue()


@pytest.mark.parametrize("file", MODELS)
def test_the_sound_model_file_passes(file: str) -> None:
    """The files that the examples are made of pass."""
    if file == ONNX:
        check_onnx(sound()[file])
    else:
        assert rebuild_torchscript(sound()[file], lambda _name: False)


@pytest.mark.parametrize(
    ("file", "raw"),
    [
        pytest.param(file, *one.values, id=f"{file}-{one.id}", marks=one.marks)
        for file, corpus in MODELS.items()
        for one in corpus.examples()
    ],
)
def test_the_corpus_of_model_files_passes_or_is_refused(file: str, raw: bytes) -> None:
    """Bytes that were a fault once pass or are refused."""
    inspect(file, raw)


@fuzzed(150)
@given(almost(ONNX))
def test_any_bytes_pass_as_onnx_or_are_refused(raw: bytes) -> None:
    """Bytes that are almost an ONNX model pass, or are refused by the file's name."""
    with MODELS[ONNX].keeping(raw):
        inspect(ONNX, raw)


@fuzzed(150)
@given(archives() | almost(TORCHSCRIPT))
def test_any_bytes_pass_as_torchscript_or_are_refused(raw: bytes) -> None:
    """Bytes that are almost an archive of code pass the inspection, or are refused by its name."""
    with MODELS[TORCHSCRIPT].keeping(raw):
        inspect(TORCHSCRIPT, raw)
