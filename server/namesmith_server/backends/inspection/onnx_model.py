"""The inspection of a ``model.onnx``: all data inside the file, and standard operators alone.

The model is parsed as protobuf, along every path on which a tensor or a node can stand; a split or
repeated message is visited part by part. Knows the field numbers of ONNX; needs no package of it.
"""

from collections.abc import Mapping
from typing import Final, NoReturn

from namesmith.bundle import ONNX
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.wire import Value, WireError, read_fields

PARTS: Final[Mapping[str, Mapping[int, str]]] = {
    "ModelProto": {7: "GraphProto", 20: "TrainingInfoProto", 25: "FunctionProto"},
    "TrainingInfoProto": {1: "GraphProto", 2: "GraphProto"},
    "GraphProto": {1: "NodeProto", 5: "TensorProto", 11: "ValueInfoProto", 12: "ValueInfoProto"}
    | {15: "SparseTensorProto"},
    "FunctionProto": {7: "NodeProto", 11: "AttributeProto"},
    "NodeProto": {5: "AttributeProto"},
    "AttributeProto": {
        5: "TensorProto",
        6: "GraphProto",
        10: "TensorProto",
        11: "GraphProto",
        22: "SparseTensorProto",
        23: "SparseTensorProto",
    },
    "SparseTensorProto": {1: "TensorProto", 2: "TensorProto"},
    "TensorProto": {},
    "ValueInfoProto": {2: "TypeProto"},
    "TypeProto": {1: "TypeProto.Tensor"},
    "TypeProto.Tensor": {},
}
"""Parts of each message in which a tensor, a node or a widened type can stand, by the number
of the field."""

EXTERNAL_DATA, DATA_LOCATION = 13, 14
"""Fields of a tensor that say where its data lies; DEFAULT, inside the file, is location 0."""

NAMES: Final[Mapping[str, tuple[int, int]]] = {"NodeProto": (7, 4), "FunctionProto": (10, 1)}
"""Fields of the domain and of the name: of the operator that a node calls, of a function."""

STANDARD_DOMAINS = frozenset({b"", b"ai.onnx"})
"""Domains of the operators of ONNX itself, none of which opens a file."""

RESERVED_DOMAINS = (b"ai.onnx", b"com.", b"org.")
"""Beginnings of the domains whose operators ONNX Runtime may know; no function may hide there."""

RANDOM: Final = frozenset(
    {b"Bernoulli", b"Multinomial", b"RandomNormal", b"RandomNormalLike", b"RandomUniform"}
    | {b"RandomUniformLike"}
)
"""Names of the standard operators that draw random numbers: a model answers the same every time."""

MAX_DEPTH = 64
"""Largest depth of messages inside one another."""

MAX_FIELDS = 200_000
"""Largest number of fields of all inspected messages, each some 300 bytes while a graph is widened:
a graph of a thousand operators has 20,000."""

Name = tuple[bytes, bytes]
"""Domain and name of an operator or a function."""


def check_onnx(raw: bytes) -> None:
    """Refuse a model that keeps data outside its file, or calls more than standard operators.

    Raises:
        BackendError: the bytes are no ONNX model, are nested too deep, have too many fields, name
            data outside the file, or call an operator that is neither standard nor a function of
            the model.
    """
    called: set[Name] = set()
    functions: set[Name] = set()
    waiting = [("ModelProto", memoryview(raw), 0)]
    fields = 0
    while waiting:
        kind, message, depth = waiting.pop()
        if depth > MAX_DEPTH:
            _refuse(f"messages are nested deeper than {MAX_DEPTH}")
        names: dict[int, bytes] = {}
        parts, named = PARTS[kind], NAMES.get(kind, ())
        try:
            for number, value, _ in read_fields(message):
                fields += 1
                if fields > MAX_FIELDS:
                    _refuse(f"has more than {MAX_FIELDS} fields")
                if number in parts and isinstance(value, memoryview):
                    waiting.append((parts[number], value, depth + 1))
                elif number in named and isinstance(value, memoryview):
                    names[number] = bytes(value)
                elif kind == "TensorProto":
                    _check_location(number, value)
        except WireError as error:
            raise BackendError(f"{ONNX}: is not an ONNX model: {error}") from error
        if named:
            name = (names.get(named[0], b""), names.get(named[1], b""))
            (called if kind == "NodeProto" else functions).add(name)
    _check_operators(called, functions)


def _check_location(number: int, value: Value) -> None:
    """Refuse the field of a tensor that places its data outside the file."""
    if number == EXTERNAL_DATA or (number == DATA_LOCATION and value != 0):
        _refuse("keeps data outside the file")


def _check_operators(called: set[Name], functions: set[Name]) -> None:
    """Refuse functions that could hide a runtime's own operators, and what is not standard."""
    for domain, name in sorted(functions):
        if domain in STANDARD_DOMAINS or domain.startswith(RESERVED_DOMAINS):
            _refuse(f"defines the function {_shown(name)} in the domain {_shown(domain)}")
    for domain, name in sorted(called - functions):
        if name in RANDOM:
            _refuse(f"calls {_shown(name)}, which draws random numbers")
        if domain not in STANDARD_DOMAINS:
            _refuse(
                f"calls {_shown(name)} of the domain {_shown(domain)}, which is neither a standard"
                " operator nor a function of the model"
            )


def _shown(text: bytes) -> str:
    return repr(text.decode("utf-8", "replace")[:64])


def _refuse(fault: str) -> NoReturn:
    raise BackendError(f"{ONNX}: {fault}")
