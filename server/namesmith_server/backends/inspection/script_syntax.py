"""Questions about the syntax of TorchScript's code, and the names that mean something in it."""

import ast
import re
from typing import Final, NoReturn

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.inspection.operators import WARNING

ROOTS: Final = frozenset({"torch", "ops", "__torch__", "CONSTANTS"})
"""Names with which a path to an operator, a class, a function or a constant begins."""

TYPES: Final = frozenset(
    {"Tensor", "NoneType", "Optional", "List", "Tuple", "Dict", "Final", "Device", "number"}
    | {"int", "float", "bool", "str"}
)
"""Names of types."""

FUNCTIONS: Final = frozenset(
    {"annotate", "unchecked_cast", "uninitialized", "getattr", "isinstance", "range"}
    | {"int", "float", "bool", "str"}
)
"""Names of functions of the language; a conversion has the name of its type."""

VALUES: Final = frozenset({"inf", "nan"})

BASES: Final = frozenset({"Module", "NamedTuple"})
"""Names of the kinds of classes."""

RESERVED: Final = ROOTS | TYPES | FUNCTIONS | VALUES | BASES | {"__annotations__"}

CUSTOM_CLASSES: Final = "__torch__.torch.classes"
"""The name under which a runtime looks for classes that are compiled into it."""

CONSTANT: Final = re.compile(r"CONSTANTS\.c[0-9]{1,9}")

MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]{1,9}")
"""Names of attributes and methods; the members of a list are numbered."""

MAX_TEXT = 1_000
"""Largest number of characters of a text in the code."""


def path_of(node: ast.expr) -> str | None:
    """Return the dotted path of an attribute that begins with a root; None for other values."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in ROOTS:
        return ".".join((node.id, *reversed(names)))
    return None


def is_warning(node: ast.stmt) -> bool:
    """Tell of a statement whether it prints a warning, and does nothing else."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and path_of(node.value.func) == f"torch.{WARNING}"
    )


def stored_names(function: ast.FunctionDef) -> frozenset[str]:
    """Return the names that a function assigns."""
    return frozenset(
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def made_lists(function: ast.FunctionDef) -> frozenset[str]:
    """Return the names to which a function assigns lists of its own alone."""
    made, other = set(), {one.arg for one in function.args.args}
    for node in ast.walk(function):
        match node:
            case ast.Assign(targets=[ast.Name(id=name)], value=value) if _makes_a_list(value):
                made.add(name)
            case (
                ast.Assign(targets=[target]) | ast.AnnAssign(target=target) | ast.For(target=target)
            ):
                other |= {one.id for one in ast.walk(target) if isinstance(one, ast.Name)}
    return frozenset(made - other)


def _makes_a_list(node: ast.expr) -> bool:
    """Tell of an expression whether its value is a new list."""
    match node:
        case ast.List():
            return True
        case ast.Call(func=ast.Name(id="annotate"), args=[_, ast.List()]):
            return True
    return False


def check_target(node: ast.expr) -> None:
    """Hold the target of an assignment to names: no attribute and no item is written."""
    match node:
        case ast.Name():
            pass
        case ast.Tuple(elts=parts):
            for part in parts:
                check_target(part)
        case _:
            refuse(node, "writes to a value")


def check_literal(node: ast.expr) -> None:
    """Hold a value to plain constants."""
    match node:
        case ast.Constant(value=str(text)):
            plain = text.replace("\n", "")
            if len(text) > MAX_TEXT or not (plain.isascii() and plain.isprintable()):
                refuse(node, "is a text that a network has no use for")
        case ast.Constant(value=None | bool() | int() | float()):
            pass
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            pass
        case ast.UnaryOp(op=ast.USub(), operand=ast.Name(id="inf")):
            pass
        case ast.Name(id=name) if name in VALUES:
            pass
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                check_literal(part)
        case _:
            refuse(node, "is no constant")


def check_free(node: ast.AST, name: str) -> None:
    """Refuse a definition of a name that means something already."""
    if name in RESERVED:
        refuse(node, f"gives the name {name!r} another meaning")


def refuse(node: ast.AST, fault: str) -> NoReturn:
    """Raise ``BackendError`` with the line, the kind and the fault of a node."""
    line = getattr(node, "lineno", 0)
    raise BackendError(f"{TORCHSCRIPT}: line {line}: {type(node).__name__} {fault}")
