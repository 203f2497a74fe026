"""The reader of safetensors files: named tensors of known types, read without their shapes' trust.

Knows numpy and the format; knows no backend.
"""

from collections.abc import Collection, Mapping
from typing import Any, Final, NoReturn

import numpy as np
from numpy.typing import NDArray

from namesmith.bundle import HEADER_LIMIT
from namesmith_server.backends.base import BackendError

LENGTH_BYTES = 8
"""Number of bytes of a header's length, at the beginning of a file."""

NUMPY: Final = {"F32": np.dtype("<f4"), "I32": np.dtype("<i4")}
"""Type of numpy for each type of a tensor, in the words of safetensors."""


def read_tensors(
    raw: bytes, file: str, types: Mapping[str, str], optional: Collection[str] = ()
) -> dict[str, NDArray[Any]]:
    """Return the tensors of a file by their names.

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
    return {
        name: np.frombuffer(one["data"], dtype=NUMPY[types[name]]).reshape(one["shape"])
        for name, one in tensors.items()
    }


def refuse(file: str, fault: str) -> NoReturn:
    """Raise ``BackendError`` with the path and the fault of a file."""
    raise BackendError(f"{file}: {fault}")
