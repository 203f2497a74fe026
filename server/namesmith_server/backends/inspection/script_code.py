"""The inspection of the code of a ``model.ts``: every node of its syntax is on a list, or refused.

Code may define classes and functions of networks, call them, call pure operators, and read
attributes. A name means one thing: the roots ``torch``, ``ops``, ``__torch__`` and ``CONSTANTS``
and the built-in functions cannot be bound again.

Two things are changed on the way. A warning is left out. An operator that writes to its argument,
such as the ``relu_`` in the branch of ``relu`` that networks hardly take, gives way to the pure
operator; where a network depends on the write, its answers are others than the canonical form's,
and the comparison at load refuses it.
"""

import ast
from collections.abc import Callable, Collection, Sequence

from namesmith_server.backends.inspection.operators import APPENDING, PURE, PURE_PRIM
from namesmith_server.backends.inspection.script_syntax import (
    BASES,
    CONSTANT,
    CUSTOM_CLASSES,
    FUNCTIONS,
    MAX_TEXT,
    MEMBER,
    TYPES,
    VALUES,
    check_free,
    check_literal,
    check_target,
    is_warning,
    made_lists,
    path_of,
    refuse,
    stored_names,
)

IsOperator = Callable[[str], bool]
"""A function that tells whether a runtime has an operator of a name."""


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
            refuse(node, "stands outside of classes and functions")
        name = f"{module}.{node.name}"
        if f"{name}.".startswith(f"{CUSTOM_CLASSES}.") or name in names:
            refuse(node, f"defines {name!r}")
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
                check_free(definition, definition.name)
                for node in definition.body:
                    self._check_member(node)
            case _:
                refuse(definition, "is neither a function nor a class of a network")

    def _check_member(self, node: ast.stmt) -> None:
        """Check a method, the declaration of an attribute, or a list of names of a class."""
        match node:
            case ast.FunctionDef():
                self._check_attribute(node, node.name)
                self._check_function(node)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._check_attribute(node, name)
                self._check_type(node.annotation)
                if node.value is not None:
                    check_literal(node.value)
            case ast.Assign(
                targets=[ast.Name(id="__parameters__" | "__buffers__")],
                value=ast.List(elts=names),
            ):
                for one in names:
                    check_literal(one)
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
                refuse(node, "is no member of a network")

    def _check_function(self, node: ast.FunctionDef) -> None:
        arguments = node.args
        plain = not (arguments.vararg or arguments.kwarg or arguments.posonlyargs)
        if node.decorator_list or node.type_comment or not plain:
            refuse(node, "is more than a plain function")
        parameters = [*arguments.args, *arguments.kwonlyargs]
        for parameter in parameters:
            if parameter.annotation is not None:
                self._check_type(parameter.annotation)
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            check_literal(default)
        if node.returns is not None:
            self._check_type(node.returns)
        self._bound = frozenset(one.arg for one in parameters) | stored_names(node)
        for name in self._bound:
            check_free(node, name)
        self._lists = made_lists(node)
        self._check_block(node.body)

    def _check_block(self, body: list[ast.stmt]) -> None:
        for at, node in enumerate(body):
            if is_warning(node):
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
                check_target(target)
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
            case _:
                refuse(node, "is no statement that a network needs")

    def _check_value(self, node: ast.expr | None) -> None:
        match node:
            case ast.Constant() | ast.UnaryOp():
                check_literal(node)
            case ast.Name(id=name) if name in self._bound | VALUES:
                pass
            case ast.Attribute():
                self._check_path(node)
            case ast.Call(func=ast.Name(id=name)) if name in FUNCTIONS:
                self._check_form(node, name)
            case ast.Call():
                self._check_call(node)
            case ast.Tuple(elts=parts) | ast.List(elts=parts):
                self._check_all(parts)
            case ast.Dict(keys=keys, values=values):
                self._check_all([*keys, *values])
            case ast.Subscript():
                self._check_all([node.value, node.slice])
            case _:
                refuse(node or ast.Pass(), "is no expression that a network needs")

    def _check_form(self, node: ast.Call, name: str) -> None:
        """Check a call of a function of the language, some of whose arguments are no values."""
        match name, node.args:
            case (("annotate" | "unchecked_cast"), [kind, value]):
                self._check_type(kind)
                self._check_value(value)
            case "isinstance", [value, kind]:
                self._check_value(value)
                self._check_type(kind)
            case "uninitialized", [kind]:
                self._check_type(kind)
            case "getattr", [owner, ast.Constant(value=str(attribute))]:
                self._check_value(owner)
                self._check_attribute(node, attribute)
            case (("range" | "int" | "float" | "bool" | "str"), values):
                self._check_all(values)
            case _:
                refuse(node, f"calls {name} with other arguments than a network does")
        if node.keywords:
            refuse(node, f"calls {name} with keywords")

    def _check_call(self, node: ast.Call) -> None:
        """Check a call of an operator, a function of the archive, or a method."""
        match node.func, node.args:
            case ast.Attribute(value=ast.Name(id="torch"), attr=name), arguments if (
                name == APPENDING
            ):
                match arguments:
                    case [ast.Name(id=changed), _] if changed in self._lists:
                        pass
                    case _:
                        refuse(node, "appends to a list that the function has not made")
            case (ast.Name() | ast.Attribute()) as function, _:
                self._check_value(function)
            case _:
                refuse(node, "calls neither a function nor a method")
        self._check_all(node.args)
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg == "out":
                refuse(node, "writes to an argument")
            self._check_value(keyword.value)

    def _check_all(self, nodes: Sequence[ast.expr | None]) -> None:
        for node in nodes:
            self._check_value(node)

    def _check_path(self, node: ast.Attribute) -> None:
        """Check the path to an operator, a definition, a constant, or a value's attribute.

        An operator that writes to its argument has a last ``_`` and gives way to the pure one.
        """
        pure = node.attr.removesuffix("_")
        if path_of(node) == f"torch.{pure}_" and pure in PURE:
            node.attr = pure
        path = path_of(node)
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
                refuse(node, f"names {path[:MAX_TEXT]!r}, which is not allowed")

    def _check_attribute(self, node: ast.AST, name: str) -> None:
        """Refuse a name under which a runtime would find an operator that is not pure."""
        if not MEMBER.fullmatch(name) or (name not in PURE and self._is_operator(name)):
            refuse(node, f"names the attribute {name[:MAX_TEXT]!r}, which is not allowed")

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
            case ast.Attribute() if path_of(node) in self._defined:
                pass
            case _:
                refuse(node, "is no type that a network needs")
