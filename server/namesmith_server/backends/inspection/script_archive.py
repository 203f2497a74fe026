"""The archive of a ``model.ts``: a zip whose members are known by name, and bounded in size."""

import io
import re
from typing import Final, NoReturn
from zipfile import ZIP_DEFLATED, ZIP_STORED, ZipFile, ZipInfo

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import BackendError

MAX_MEMBERS = 10_000
"""Largest number of members of an archive."""

MAX_CODE_BYTES = 4 << 20
"""Largest number of bytes of all members but tensors, uncompressed."""

TENSOR: Final = re.compile(r"(data|constants)/[0-9]{1,9}")
"""Names of the members that hold the bytes of a tensor."""

TEXT: Final = re.compile(
    r"data\.pkl|constants\.pkl|(\.data/)?version|byteorder|code/__torch__(/[A-Za-z_][A-Za-z0-9_]*)*\.py"
)
"""Names of the members that describe the model."""

LEFT_OUT: Final = re.compile(
    r"code/.*\.debug_pkl|\.data/serialization_id|\.format_version|\.storage_alignment"
    r"|traced_inputs(\.pkl|/[0-9]{1,9})"
)
"""Names of members that TorchScript writes and a server needs none of."""

Members = dict[str, bytes]
"""Bytes of each member, by the name behind the archive's folder."""


def read_archive(raw: bytes) -> Members:
    """Return the members of an archive, uncompressed, in the order of their names.

    Raises:
        BackendError: the bytes are no zip, or a member has an unknown name, a name that another
            member has, another compression than deflate, or too many bytes.
    """
    try:
        with ZipFile(io.BytesIO(raw)) as archive:
            infos = _checked(archive.infolist(), len(raw))
            return {name: archive.read(info) for name, info in sorted(infos.items())}
    except BackendError:
        raise
    except Exception as error:  # whatever an archive of nonsense raises
        raise BackendError(f"{TORCHSCRIPT}: is not a TorchScript archive") from error


def write_archive(members: Members) -> bytes:
    """Return the archive of the members, none of them compressed."""
    buffer = io.BytesIO()
    with ZipFile(buffer, "w", ZIP_STORED) as archive:
        for name, content in members.items():
            archive.writestr(ZipInfo(f"archive/{name}"), content)
    return buffer.getvalue()


def _checked(infos: list[ZipInfo], archive_bytes: int) -> dict[str, ZipInfo]:
    """Return the members to read by their names; refuse an archive that holds more."""
    if len(infos) > MAX_MEMBERS:
        _refuse(f"the archive has {len(infos)} members, {MAX_MEMBERS} are allowed")
    members: dict[str, ZipInfo] = {}
    tensor_bytes = code_bytes = 0
    folders = {info.filename.partition("/")[0] for info in infos}
    for info in infos:
        name = info.filename.partition("/")[2]
        if LEFT_OUT.fullmatch(name):
            continue
        if TENSOR.fullmatch(name):
            tensor_bytes += info.file_size
            kinds = {ZIP_STORED}
        elif TEXT.fullmatch(name):
            code_bytes += info.file_size
            kinds = {ZIP_STORED, ZIP_DEFLATED}
        else:
            _refuse(f"the member {info.filename[:64]!r} is none that a network has")
        if info.compress_type not in kinds or info.flag_bits & 1:
            _refuse(f"the member {info.filename[:64]!r} is compressed or encrypted")
        if name in members or len(folders) > 1:
            _refuse(f"the member {info.filename[:64]!r} stands twice, or in another folder")
        members[name] = info
    if tensor_bytes > archive_bytes or code_bytes > MAX_CODE_BYTES:
        _refuse(
            f"the tensors have {tensor_bytes} bytes and the code {code_bytes}, the archive's"
            f" {archive_bytes} and {MAX_CODE_BYTES} are allowed"
        )
    return members


def _refuse(fault: str) -> NoReturn:
    raise BackendError(f"{TORCHSCRIPT}: {fault}")
