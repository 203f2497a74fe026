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
from collections.abc import Collection

from namesmith_server.backends.inspection.script_expressions import (
    ExpressionInspector,
    IsOperator,
)
from namesmith_server.backends.inspection.script_syntax import (
    BASES,
    CUSTOM_CLASSES,
    check_free,
    check_literal,
    check_target,
    is_warning,
    made_lists,
    refuse,
    stored_names,
)


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
        self._expressions = ExpressionInspector(defined, is_operator)  # of the current function

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
                self._expressions.check_attribute(node, node.name)
                self._check_function(node)
            case ast.AnnAssign(target=ast.Name(id=name)):
                self._expressions.check_attribute(node, name)
                self._expressions.check_type(node.annotation)
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
                self._expressions.check_attribute(node, name)
                self._expressions.check_type(node.value)
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
                self._expressions.check_type(parameter.annotation)
        for default in (*arguments.defaults, *filter(None, arguments.kw_defaults)):
            check_literal(default)
        if node.returns is not None:
            self._expressions.check_type(node.returns)
        bound = frozenset(one.arg for one in parameters) | stored_names(node)
        for name in bound:
            check_free(node, name)
        self._expressions = ExpressionInspector(
            self._defined, self._is_operator, bound, made_lists(node)
        )
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
                    self._expressions.check_value(node.value)
            case ast.Expr(value=ast.Call()):
                self._expressions.check_value(node.value)
            case ast.Assign(targets=[target], type_comment=None):
                check_target(target)
                self._expressions.check_value(node.value)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr() as value):
                self._expressions.check_type(node.annotation)
                self._expressions.check_value(value)
            case ast.If():
                self._expressions.check_value(node.test)
                self._check_block(node.body)
                self._check_block(node.orelse)
            case ast.For(target=ast.Name(), orelse=[], type_comment=None):
                self._expressions.check_value(node.iter)
                self._check_block(node.body)
            case _:
                refuse(node, "is no statement that a network needs")
