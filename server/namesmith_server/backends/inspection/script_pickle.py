"""The inspection of the pickles of a ``model.ts``: tensors and objects of the archive's classes.

The opcodes are few, the globals are TorchScript's own, and each tensor lies inside its storage. The
pickle is interpreted with stand-ins, which make nothing and call nothing.
"""

import io
import math
import pickle
import pickletools
import re
from collections.abc import Callable, Collection, Mapping
from typing import Any, Final, NoReturn

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import BackendError

OPCODES: Final = frozenset(
    """
    PROTO STOP MARK GLOBAL REDUCE BUILD NEWOBJ BINPERSID BINGET LONG_BINGET BINPUT LONG_BINPUT
    BININT BININT1 BININT2 LONG1 BINFLOAT BINUNICODE NONE NEWTRUE NEWFALSE
    EMPTY_TUPLE TUPLE TUPLE1 TUPLE2 TUPLE3 EMPTY_LIST APPEND APPENDS EMPTY_DICT SETITEM SETITEMS
    """.split()  # noqa: SIM905 - a list of words reads best as text
)
"""Opcodes that TorchScript writes."""

MAX_MEMO = 1 << 20
"""Largest index of a memo, which an interpreter makes as long."""

ITEM_BYTES: Final[Mapping[str, int]] = {
    "DoubleStorage": 8,
    "FloatStorage": 4,
    "HalfStorage": 2,
    "BFloat16Storage": 2,
    "LongStorage": 8,
    "IntStorage": 4,
    "ShortStorage": 2,
    "CharStorage": 1,
    "ByteStorage": 1,
    "BoolStorage": 1,
}
"""Bytes of an element of each kind of storage."""

DEVICE: Final = re.compile(r"cpu|cuda(:[0-9]{1,3})?")
"""Names of the devices that a tensor was saved on."""

TYPE: Final = re.compile(r"(Dict|List|Optional|Tensor|Tuple|bool|float|int|str|[\[\], ])+")
"""Types of lists and dictionaries."""

LISTS: Final = ("build_boollist", "build_doublelist", "build_intlist", "build_tensorlist")
"""Names of the functions of TorchScript that make a typed list of a list."""

MAX_DIMENSIONS = 16
"""Largest number of dimensions of a tensor."""


class Storage(int):
    """Number of elements of a storage."""


class Inert:
    """The stand-in of an object: an object of a class of the archive, a dictionary of hooks."""

    def __init__(self, *_: object) -> None: ...

    def __setstate__(self, state: object) -> None:
        """Forget the attributes."""


def check_pickle(
    raw: bytes, classes: Collection[str], storages: Mapping[str, bytes], folder: str
) -> None:
    """Refuse a pickle that names more than tensors of the archive and objects of its classes.

    Args:
        raw: the pickle.
        classes: qualified names of the classes of the archive.
        storages: bytes of each tensor, by the name of the member.
        folder: folder of the members that the pickle refers to.

    Raises:
        BackendError: an opcode, a global, a storage or a tensor is not allowed.
    """
    try:
        for opcode, argument, _ in pickletools.genops(raw):
            if opcode.name not in OPCODES:
                _refuse(f"the opcode {opcode.name} of a pickle is not allowed")
            if "PUT" in opcode.name and not 0 <= int(argument or 0) <= MAX_MEMO:
                _refuse(f"the memo {argument} of a pickle is above {MAX_MEMO}")
        _Interpreter(raw, classes, storages, folder).load()
    except BackendError:
        raise
    except Exception as error:  # whatever an interpreter of nonsense raises
        raise BackendError(f"{TORCHSCRIPT}: a pickle is malformed") from error


class _Interpreter(pickle.Unpickler):
    """Interprets a pickle with stand-ins."""

    def __init__(
        self,
        raw: bytes,
        classes: Collection[str],
        storages: Mapping[str, bytes],
        folder: str,
    ) -> None:
        super().__init__(io.BytesIO(raw))
        self._classes, self._storages, self._folder = classes, storages, folder

    def find_class(self, module: str, name: str) -> Any:  # noqa: ANN401 - a stand-in
        """Return the stand-in of a global."""
        if (module, name) in KNOWN:
            return KNOWN[module, name]
        if module == "torch" and name in ITEM_BYTES:
            return name
        if f"{module}.{name}" in self._classes:
            return Inert
        return _refuse(f"a pickle names {f'{module}.{name}'[:64]!r}, which is not allowed")

    def persistent_load(self, pid: Any) -> Storage:  # noqa: ANN401 - pickle's
        """Return the stand-in of a storage."""
        word, kind, key, device, count = pid
        member = f"{self._folder}/{key}"
        if word != "storage" or kind not in ITEM_BYTES or member not in self._storages:
            _refuse(f"a pickle names the storage {str(key)[:64]!r}, which the archive has not")
        if not DEVICE.fullmatch(device):
            _refuse(f"the device {device[:64]!r} of a tensor is not allowed")
        if type(count) is not int or count * ITEM_BYTES[kind] != len(self._storages[member]):
            _refuse(f"{member} has another size than its pickle says")
        return Storage(count)


def _check_tensor(  # noqa: PLR0913, PLR0917 - of a saved tensor
    storage: object,
    offset: int,
    size: tuple[int, ...],
    stride: tuple[int, ...],
    requires_grad: bool,  # noqa: FBT001 - likewise
    hooks: object,
) -> Inert:
    """Hold a tensor to its storage."""
    sound = (
        type(storage) is Storage
        and type(requires_grad) is bool
        and type(hooks) is Inert
        and len(size) == len(stride) <= MAX_DIMENSIONS
        and all(type(one) is int and one >= 0 for one in (offset, *size, *stride))
    )
    if not sound:
        _refuse("a tensor of a pickle is malformed")
    assert isinstance(storage, Storage)  # noqa: S101 - which has just been checked
    last = offset + sum((n - 1) * step for n, step in zip(size, stride, strict=True))
    if math.prod(size) > storage or (0 not in size and last >= storage):
        _refuse(f"a tensor of size {list(size)} is larger than its storage of {storage}")
    return Inert()


def _check_list(value: object) -> object:
    """Hold the contents of a typed list to be a list."""
    if type(value) is not list:
        _refuse("a typed list of a pickle is malformed")
    return value


def _check_type(value: object, name: str) -> object:
    """Hold the type of a list or dictionary to plain types."""
    if not TYPE.fullmatch(name):
        _refuse(f"the type {name[:64]!r} of a pickle is not allowed")
    return value


KNOWN: Final[Mapping[tuple[str, str], Callable[..., object]]] = {
    ("torch._utils", "_rebuild_tensor_v2"): _check_tensor,
    ("torch.jit._pickle", "restore_type_tag"): _check_type,
    ("collections", "OrderedDict"): Inert,
    **{("torch.jit._pickle", build): _check_list for build in LISTS},
}
"""Stand-in of each global that TorchScript writes, beside kinds of storages and classes."""


def _refuse(fault: str) -> NoReturn:
    raise BackendError(f"{TORCHSCRIPT}: {fault}")
