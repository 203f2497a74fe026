"""The reader of safetensors files: named tensors of known types, read without their shapes' trust.

Knows numpy and the format; knows no backend.
"""

import json
from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import HEADER_LIMIT
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.shared_memory import Buffer, shared

LENGTH_BYTES = 8
"""Number of bytes of a header's length, at the beginning of a file."""

NUMPY: Final = {"F32": np.dtype("<f4"), "I32": np.dtype("<i4")}
"""Type of numpy for each type of a tensor, in the words of safetensors."""


def read_tensors(
    raw: bytes, file: str, types: Mapping[str, str], optional: Collection[str] = ()
) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file by their names, read-only, in memory that workers may share.

    Args:
        raw: bytes of the file.
        file: path of the file, for messages.
        types: type of each tensor that the file may hold, by the name of the tensor.
        optional: names of the tensors that the file may leave out.

    Raises:
        BackendError: the bytes are no safetensors file, its header is too long, or a tensor is
            missing, has another name or another type.
    """
    from safetensors import SafetensorError, deserialize  # noqa: PLC0415 - when a file is opened

    header = int.from_bytes(raw[:LENGTH_BYTES], "little")
    if len(raw) >= LENGTH_BYTES and HEADER_LIMIT < header <= len(raw):
        refuse(file, f"the header has {header} bytes, {HEADER_LIMIT} are allowed")
    try:
        tensors = dict(deserialize(raw))  # type: ignore[no-untyped-call]
    except SafetensorError as error:
        raise BackendError(f"{file}: is not a safetensors file") from error
    for name in sorted(tensors.keys() - types.keys()):
        refuse(file, f"the tensor {name[:64]!r} is none of {', '.join(types)}")
    for name, kind in types.items():
        if name not in tensors and name not in optional:
            refuse(file, f"the tensor {name} is missing")
        if name in tensors and tensors[name]["dtype"] != kind:
            refuse(file, f"{name}: the type is {tensors[name]['dtype']}, {kind} is allowed")
    first = LENGTH_BYTES + header
    described = json.loads(raw[LENGTH_BYTES:first])  # which safetensors has checked
    kept = shared(raw)
    return {name: _view(kept, first, described[name], NUMPY[types[name]]) for name in tensors}


def _view(
    kept: Buffer, first: int, described: Mapping[str, Any], kind: np.dtype[Any]
) -> NDArray[Any]:
    """Return a tensor as a view of a file's bytes, or a copy where it is not aligned there.

    Args:
        kept: bytes of the file.
        first: place of the first byte behind the header.
        described: shape of the tensor, and its place behind the header.
        kind: type of the tensor.
    """
    start, end = described["data_offsets"]
    count = (end - start) // kind.itemsize
    tensor = np.frombuffer(kept, kind, count, first + start if count else 0)
    tensor = tensor.reshape(described["shape"])
    return tensor if tensor.flags.aligned else tensor.copy()


def refuse(file: str, fault: str) -> NoReturn:
    """Raise ``BackendError`` with the path and the fault of a file."""
    raise BackendError(f"{file}: {fault}")
