"""The inspection of expressions in the code of a ``model.ts``: values, types and attributes."""

import ast
from collections.abc import Callable, Collection, Sequence

from namesmith_server.backends.inspection.operators import APPENDING, PURE, PURE_PRIM
from namesmith_server.backends.inspection.script_syntax import (
    CONSTANT,
    FUNCTIONS,
    MAX_TEXT,
    MEMBER,
    TYPES,
    VALUES,
    check_literal,
    path_of,
    refuse,
)

IsOperator = Callable[[str], bool]
"""A function that tells whether a runtime has an operator of a name."""


class ExpressionInspector:
    """Holds the expressions of a function, or of a class, to the lists."""

    def __init__(
        self,
        defined: Collection[str],
        is_operator: IsOperator,
        bound: frozenset[str] = frozenset(),
        lists: frozenset[str] = frozenset(),
    ) -> None:
        """Set the names.

        Args:
            defined: qualified names of the classes and functions of the archive.
            is_operator: whether the runtime has an operator of a name.
            bound: names that the function binds.
            lists: names of lists that the function has made, to which it may append.
        """
        self._defined = defined
        self._is_operator = is_operator
        self._bound = bound
        self._lists = lists

    def check_value(self, node: ast.expr | None) -> None:
        """Refuse an expression that no network needs."""
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
                self.check_type(kind)
                self.check_value(value)
            case "isinstance", [value, kind]:
                self.check_value(value)
                self.check_type(kind)
            case "uninitialized", [kind]:
                self.check_type(kind)
            case "getattr", [owner, ast.Constant(value=str(attribute))]:
                self.check_value(owner)
                self.check_attribute(node, attribute)
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
                self.check_value(function)
            case _:
                refuse(node, "calls neither a function nor a method")
        self._check_all(node.args)
        for keyword in node.keywords:
            if keyword.arg is None or keyword.arg == "out":
                refuse(node, "writes to an argument")
            self.check_value(keyword.value)

    def _check_all(self, nodes: Sequence[ast.expr | None]) -> None:
        for node in nodes:
            self.check_value(node)

    def _check_path(self, node: ast.Attribute) -> None:
        """Check the path to an operator, a definition, a constant, or a value's attribute.

        An operator that writes to its argument has a last ``_`` and gives way to the pure one.
        """
        pure = node.attr.removesuffix("_")
        if path_of(node) == f"torch.{pure}_" and pure in PURE:
            node.attr = pure
        path = path_of(node)
        if path is None:
            self.check_value(node.value)
            self.check_attribute(node, node.attr)
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

    def check_attribute(self, node: ast.AST, name: str) -> None:
        """Refuse a name under which a runtime would find an operator that is not pure."""
        if not MEMBER.fullmatch(name) or (name not in PURE and self._is_operator(name)):
            refuse(node, f"names the attribute {name[:MAX_TEXT]!r}, which is not allowed")

    def check_type(self, node: ast.expr) -> None:
        """Refuse a type that no network needs."""
        match node:
            case ast.Name(id=name) if name in TYPES:
                pass
            case ast.Constant(value=None):
                pass
            case ast.Subscript(value=ast.Name(id=name), slice=part) if name in TYPES:
                self.check_type(part)
            case ast.Tuple(elts=parts):
                for part in parts:
                    self.check_type(part)
            case ast.Attribute() if path_of(node) in self._defined:
                pass
            case _:
                refuse(node, "is no type that a network needs")
