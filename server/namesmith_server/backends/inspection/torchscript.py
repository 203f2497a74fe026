"""The inspection of a ``model.ts``, which is code: a fresh archive of its inspected parts.

The code is written anew from the syntax that was inspected, so that no difference between two
parsers, of zip archives or of code, can hide anything.
"""

import ast
from typing import NoReturn

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.inspection.script_archive import (
    TENSOR,
    Members,
    read_archive,
    write_archive,
)
from namesmith_server.backends.inspection.script_code import CodeInspector, qualified_names
from namesmith_server.backends.inspection.script_expressions import IsOperator
from namesmith_server.backends.inspection.script_pickle import check_pickle

DATA, CONSTANTS = "data.pkl", "constants.pkl"

VERSIONS = ("version", ".data/version")
"""Names of the member that holds the version of the archive's format."""

MAX_FORMAT = 100
"""Largest version of the archive's format that is handed to the runtime, which judges it."""


def rebuild_torchscript(raw: bytes, is_operator: IsOperator) -> bytes:
    """Return an archive of the inspected parts of an archive.

    Args:
        raw: bytes of the file.
        is_operator: whether the runtime has an operator of a name.

    Raises:
        BackendError: the bytes are no archive of a network, or a part may do more than compute.
    """
    members = read_archive(raw)
    _check_format(members)
    trees = {path: _parse(path, members[path]) for path in members if path.endswith(".py")}
    defined: dict[str, ast.stmt] = {}
    for path, tree in trees.items():
        defined |= qualified_names(path, tree)
    inspector = CodeInspector(defined.keys(), is_operator)
    for definition in defined.values():
        inspector.check(definition)
    _check_pickles(members, defined)
    return write_archive(members | {path: _unparse(tree) for path, tree in trees.items()})


def _check_format(members: Members) -> None:
    """Hold the archive to the parts that it must have, and to the order of bytes of this format."""
    versions = [members[name] for name in VERSIONS if name in members]
    if DATA not in members or CONSTANTS not in members or len(versions) != 1:
        _refuse(f"the archive lacks {DATA}, {CONSTANTS} or one version")
    version = versions[0].strip()
    if not version.isdigit() or len(version) > 3 or int(version) > MAX_FORMAT:
        _refuse(f"the version {version[:64]!r} of the archive is not allowed")
    if members.get("byteorder", b"little") != b"little":
        _refuse(f"the order of bytes is {members['byteorder'][:64]!r}, little is allowed")


def _parse(path: str, code: bytes) -> ast.Module:
    try:
        return ast.parse(code.decode("utf-8"))
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        raise BackendError(f"{TORCHSCRIPT}: {path[:64]!r} is not code") from error


def _unparse(tree: ast.Module) -> bytes:
    return f"{ast.unparse(tree)}\n".encode()


def _check_pickles(members: Members, defined: dict[str, ast.stmt]) -> None:
    classes = {name for name, node in defined.items() if isinstance(node, ast.ClassDef)}
    tensors = {name: content for name, content in members.items() if TENSOR.fullmatch(name)}
    for name, folder in ((DATA, "data"), (CONSTANTS, "constants")):
        check_pickle(members[name], classes, tensors, folder)


def _refuse(fault: str) -> NoReturn:
    raise BackendError(f"{TORCHSCRIPT}: {fault}")
