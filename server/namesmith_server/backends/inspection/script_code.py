"""The inspection of the code of a ``model.ts``: every node of its syntax is on a list, or refused.

Code may define classes and functions of networks, call them, call pure operators, and read
attributes. A name means one thing: the roots ``torch``, ``ops``, ``__torch__`` and ``CONSTANTS``
and the built-in functions cannot be bound again.
"""

import ast
import re
from collections.abc import Callable, Collection
from typing import Final, NoReturn

from namesmith.bundle import TORCHSCRIPT
from namesmith_server.backends.base import BackendError
from namesmith_server.backends.inspection.operators import (
    APPENDING,
    PURE,
    PURE_PRIM,
    WARNING,
)

ROOTS: Final = frozenset({"torch", "ops", "__torch__", "CONSTANTS"})
"""Names with which a path to an operator, a class, a function or a constant begins."""

TYPES: Final = frozenset(
    {"Tensor", "NoneType", "Optional", "List", "Tuple", "Dict", "Final", "Device", "number"}
    | {"int", "float", "bool", "str"}
)
"""Names of types; those of numbers and text are also functions."""

FUNCTIONS: Final = frozenset(
    {"annotate", "unchecked_cast", "uninitialized", "getattr", "isinstance", "range"}
)
"""Names of functions of the language."""

VALUES: Final = frozenset({"inf", "nan"})

BASES: Final = frozenset({"Module", "NamedTuple"})
"""Names of the kinds of classes."""

RESERVED: Final = ROOTS | TYPES | FUNCTIONS | VALUES | BASES | {"__annotations__"}

CUSTOM_CLASSES: Final = "__torch__.torch.classes"
"""Where a runtime looks for classes that are compiled into it."""

CONSTANT: Final = re.compile(r"CONSTANTS\.c[0-9]{1,9}")

MEMBER: Final = re.compile(r"[A-Za-z_][A-Za-z0-9_]*|[0-9]{1,9}")
"""Names of attributes and methods; the members of a list are numbered."""

MAX_TEXT = 1_000
"""Largest number of characters of a text in the code."""

IsOperator = Callable[[str], bool]
"""Whether a runtime has an operator of a name, which a call on any value would reach."""


def qualified_names(path: str, tree: ast.Module) -> dict[str, ast.stmt]:
    """Return the classes and functions of a file by their qualified names.

    Args:
        path: name of the file in the archive, such as ``code/__torch__/module.py``.
        tree: syntax of the file.

    Raises:
        BackendError: the file holds anything else, or a name that is reserved.
    """
    module = path.removeprefix("code/").removesuffix(".py").replace("/", ".")
    names: dict[str, ast.stmt] = {}
    for node in tree.body:
        if not isinstance(node, ast.ClassDef | ast.FunctionDef):
            _refuse(node, "stands outside of classes and functions")
        name = f"{module}.{node.name}"
        if f"{name}.".startswith(f"{CUSTOM_CLASSES}.") or name in names:
            _refuse(node, f"defines {name!r}")
        names[name] = node
    return names


class CodeInspector:
    """Walks definitions; a refusal is a ``BackendError`` that names the line and the fault."""

    def __init__(self, defined: Collection[str], is_operator: IsOperator) -> None:
        """Set the names.

        Args:
            defined: qualified names of the classes and functions of the archive.
            is_operator: whether the runtime has an operator of a name.
        """
        self._defined = defined
        self._is_operator = is_operator
        self._bound: frozenset[str] = frozenset()  # in the current function
        self._lists: frozenset[str] = frozenset()  # which the current function has made

    def check(self, definition: ast.stmt) -> None:
        """Hold a class or a function of a file to the lists."""
        match definition:
            case ast.FunctionDef():
                self._check_function(definition)
            case ast.ClassDef(bases=[ast.Name(id=base)], keywords=[], decorator_list=[]) if (
                base in BASES
            ):
                _check_free(definition, definition.name)
                for node in definition.body:
                    self._check_member(node)
            case _:
                _refuse(definition, "is neither a function nor a class of a network")

    def _check_member(self, node: ast.stmt) -> None:
        """Check a method, the declaration of an attribute, or a list of names of a class."""
        match node:
            case ast.FunctionDef():
                self._check_function(node)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._check_attribute(node, name)
                self._check_type(node.annotation)
                if node.value is not None:
                    _check_literal(node.value)
            case ast.Assign(
                targets=[ast.Name(id="__parameters__" | "__buffers__")],
                value=ast.List(elts=names),
            ):
                for name in names:
                    _check_literal(name)
            case ast.Assign(
                targets=[
                    ast.Subscript(
                        value=ast.Name(id="__annotations__"), slice=ast.Constant(value=str(name))
                    )
                ]
            ):
                self._check_attribute(node, name)
                self._check_type(node.value)
            case ast.Pass():
                pass
            case _:
                _refuse(node, "is no member of a network")

    def _check_function(self, node: ast.FunctionDef) -> None:
        arguments = node.args
        plain = not (arguments.vararg or arguments.kwarg or arguments.posonlyargs)
        if node.decorator_list or node.type_comment or not plain:
            _refuse(node, "is more than a plain function")
        self._check_attribute(node, node.name)
        parameters = [*arguments.args, *arguments.kwonlyargs]
        for parameter in parameters:
            if parameter.annotation is not None:
                self._check_type(parameter.annotation)
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            _check_literal(default)
        if node.returns is not None:
            self._check_type(node.returns)
        self._bound = frozenset(one.arg for one in parameters) | _stored_names(node)
        for name in self._bound:
            _check_free(node, name)
        self._lists = _made_lists(node)
        self._check_block(node.body)

    def _check_block(self, body: list[ast.stmt]) -> None:
        for at, node in enumerate(body):
            if _is_warning(node):
                body[at] = ast.copy_location(ast.Pass(), node)
            else:
                self._check_statement(node)

    def _check_statement(self, node: ast.stmt) -> None:
        match node:
            case ast.Pass():
                pass
            case ast.Return():
                if node.value is not None:
                    self._check_value(node.value)
            case ast.Expr(value=ast.Call()):
                self._check_value(node.value)
            case ast.Assign(targets=[target], type_comment=None):
                _check_target(target)
                self._check_value(node.value)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
                self._check_type(node.annotation)
                self._check_value(value)
            case ast.If():
                self._check_value(node.test)
                self._check_block(node.body)
                self._check_block(node.orelse)
            case ast.For(target=ast.Name(), orelse=[], type_comment=None):
                self._check_value(node.iter)
                self._check_block(node.body)
            case ast.While(orelse=[]):
                self._check_value(node.test)
                self._check_block(node.body)
            case _:
                _refuse(node, "is no statement that a network needs")

    def _check_value(self, node: ast.expr) -> None:
        match node:
            case ast.Constant() | ast.UnaryOp():
                _check_literal(node)
            case ast.Name(id=name):
                if name not in self._bound | VALUES:
                    _refuse(node, f"reads {name!r}, which is no value")
            case ast.Attribute():
                self._check_path(node)
            case ast.Call():
                self._check_call(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                for part in parts:
                    self._check_value(part)
            case ast.Dict(keys=keys, values=values):
                for part in (*keys, *values):
                    if part is None:
                        _refuse(node, "unpacks a dictionary")
                    self._check_value(part)
            case ast.Subscript():
                self._check_value(node.value)
                self._check_value(node.slice)
            case _:
                _refuse(node, "is no expression that a network needs")

    def _check_call(self, node: ast.Call) -> None:
        """Check the function and the arguments of a call, some of which are types or names."""
        arguments = node.args
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg == "out":
                _refuse(node, "writes to an argument")
            self._check_value(keyword.value)
        match node.func:
            case ast.Name(id="annotate" | "unchecked_cast") if len(arguments) == 2:
                self._check_type(arguments[0])
                self._check_value(arguments[1])
            case ast.Name(id="isinstance") if len(arguments) == 2:
                self._check_value(arguments[0])
                self._check_type(arguments[1])
            case ast.Name(id="uninitialized") if len(arguments) == 1:
                self._check_type(arguments[0])
            case ast.Name(id="getattr"):
                match arguments:
                    case [owner, ast.Constant(value=str(name))]:
                        self._check_value(owner)
                        self._check_attribute(node, name)
                    case _:
                        _refuse(node, "reads an attribute whose name is not written out")
            case ast.Name(id="range" | "int" | "float" | "bool" | "str"):
                self._check_all(arguments)
            case ast.Attribute(value=ast.Name(id="torch"), attr=name) if name == APPENDING:
                match arguments:
                    case [ast.Name(id=changed), _] if changed in self._lists:
                        self._check_all(arguments)
                    case _:
                        _refuse(node, "appends to a list that the function has not made")
            case ast.Name() | ast.Attribute():
                self._check_value(node.func)
                self._check_all(arguments)
            case _:
                _refuse(node, "calls neither a function nor a method")

    def _check_all(self, nodes: list[ast.expr]) -> None:
        for node in nodes:
            self._check_value(node)

    def _check_path(self, node: ast.Attribute) -> None:
        """Check the path to an operator, a definition, a constant, or a value's attribute."""
        path = _path(node)
        if path is None:
            self._check_value(node.value)
            self._check_attribute(node, node.attr)
            return
        match path.split("."):
            case ["torch" | "__torch__" | "CONSTANTS" | "ops", *_] if (
                path in self._defined or CONSTANT.fullmatch(path)
            ):
                pass
            case ["torch", name] | ["ops", "aten", name] if name in PURE:
                pass
            case ["ops", "prim", name] if name in PURE_PRIM:
                pass
            case _:
                _refuse(node, f"names {path[:MAX_TEXT]!r}, which is not allowed")

    def _check_attribute(self, node: ast.AST, name: str) -> None:
        """Refuse a name under which a runtime would find an operator that is not pure."""
        if not MEMBER.fullmatch(name) or (name not in PURE and self._is_operator(name)):
            _refuse(node, f"names the attribute {name[:MAX_TEXT]!r}, which is not allowed")

    def _check_type(self, node: ast.expr) -> None:
        match node:
            case ast.Name(id=name) if name in TYPES:
                pass
            case ast.Constant(value=None):
                pass
            case ast.Subscript(value=ast.Name(id=name), slice=part) if name in TYPES:
                self._check_type(part)
            case ast.Tuple(elts=parts):
                for part in parts:
                    self._check_type(part)
            case ast.Attribute() if _path(node) in self._defined:
                pass
            case _:
                _refuse(node, "is no type that a network needs")


def _path(node: ast.expr) -> str | None:
    """Return the dotted path of an attribute that begins with a root; None for other values."""
    names: list[str] = []
    while isinstance(node, ast.Attribute):
        names.append(node.attr)
        node = node.value
    if isinstance(node, ast.Name) and node.id in ROOTS:
        return ".".join((node.id, *reversed(names)))
    return None


def _is_warning(node: ast.stmt) -> bool:
    """Tell of a statement whether it prints a warning, and does nothing else."""
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Call)
        and _path(node.value.func) == f"torch.{WARNING}"
    )


def _stored_names(function: ast.FunctionDef) -> frozenset[str]:
    """Return the names that a function assigns."""
    return frozenset(
        node.id
        for node in ast.walk(function)
        if isinstance(node, ast.Name) and isinstance(node.ctx, ast.Store)
    )


def _made_lists(function: ast.FunctionDef) -> frozenset[str]:
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


def _check_target(node: ast.expr) -> None:
    """Hold the target of an assignment to names: no attribute and no item is written."""
    match node:
        case ast.Name():
            pass
        case ast.Tuple(elts=parts):
            for part in parts:
                _check_target(part)
        case _:
            _refuse(node, "writes to a value")


def _check_literal(node: ast.expr) -> None:
    """Hold a value to plain constants."""
    match node:
        case ast.Constant(value=str(text)):
            if len(text) > MAX_TEXT or not text.replace("\n", "").isascii():
                _refuse(node, "is a text that a network has no use for")
        case ast.Constant(value=None | bool() | int() | float()):
            pass
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float())):
            pass
        case ast.Name(id=name) if name in VALUES:
            pass
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                _check_literal(part)
        case _:
            _refuse(node, "is no constant")


def _check_free(node: ast.AST, name: str) -> None:
    """Refuse a definition of a name that means something already."""
    if name in RESERVED:
        _refuse(node, f"gives the name {name!r} another meaning")


def _refuse(node: ast.AST, fault: str) -> NoReturn:
    line = getattr(node, "lineno", 0)
    raise BackendError(f"{TORCHSCRIPT}: line {line}: {type(node).__name__} {fault}")
