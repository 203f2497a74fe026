"""Writes the methods of the clients from the operations: make_methods.py FOLDER.

Editors read signatures and docstrings from source text, so each operation is written out as a
method of the blocking and of the awaiting client, with the keywords of ``SamplingAndConstraint``
one by one.
"""

import ast
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CLIENT = Path(__file__).parents[1] / "client" / "namesmith_client"

TOPICS = ("names", "keys", "unique", "evaluation", "exact", "models", "server")
"""Modules of the operations of ``Client``; those of ``AdminClient`` are in ``admin``."""

KINDS = {
    "UnaryCall": ("_unary", "seconds that the call may take; None: the client's timeout."),
    "StreamCall": (
        "_server_stream",
        "seconds until the last name must have come; None: no limit.",
    ),
    "UploadCall": ("_client_stream", "seconds that the call may take; None: no limit."),
    "WatchCall": ("_until_serving", "seconds to wait; None: the client's timeout."),
}
"""Method of a caller that makes each kind of call, and the meaning of the call's timeout."""

METADATA = "metadata of the call beside the client's, a mapping or pairs."

LAST = "timeout: float | None = None, metadata: GivenMetadata = ()"
"""Parameters that every method has."""

SETTINGS_ENTRY = re.compile(r"^    \*\*settings:.*\n(?: {5,}.*\n)*", re.MULTILINE)
"""Entry of ``**settings`` in an operation's docstring, which the written-out entries replace."""


@dataclass(frozen=True)
class Parameters:
    """Parameters as text, with the entries of a docstring.

    Attributes:
        definitions: parameters as they are defined.
        names: names of the parameters.
        entries: their entries in a docstring, indented by four blanks.
    """

    definitions: list[str]
    names: list[str]
    entries: str


def shared_parameters() -> Parameters:
    """Return the parameters that ``**settings`` stands for."""
    tree = ast.parse((CLIENT / "_sampling_and_constraint.py").read_text())
    classes = {one.name: one for one in tree.body if isinstance(one, ast.ClassDef)}
    keys = [one for one in classes["SamplingAndConstraint"].body if isinstance(one, ast.AnnAssign)]
    texts = [ast.get_docstring(classes[name]) or "" for name in ("Sampling", "Constraint")]
    texts.insert(0, ast.get_docstring(classes["SamplingAndConstraint"]) or "")
    entries = [text.partition("Attributes:\n")[2].partition("\n\n")[0] for text in texts]
    kinds = {ast.unparse(one.target): ast.unparse(one.annotation) for one in keys}
    definitions = [f"{name}: {kind} = {default_of(kind)}" for name, kind in kinds.items()]
    return Parameters(definitions, list(kinds), "\n".join(entries) + "\n")


def default_of(kind: str) -> str:
    """Return the value that an argument of a type has where the caller leaves it out."""
    if "None" in kind:
        return "None"
    return {"str": '""', "bool": "False", "int": "0"}.get(kind, "()")


def own_parameters(arguments: ast.arguments) -> Iterator[tuple[str, str]]:
    """Yield name and definition of each parameter that an operation writes itself."""
    plain = arguments.posonlyargs + arguments.args
    defaults = [None] * (len(plain) - len(arguments.defaults)) + list(arguments.defaults)
    for one, default in zip(plain, defaults, strict=True):
        yield one.arg, definition(one, default)
    yield "*", "*"
    for one, default in zip(arguments.kwonlyargs, arguments.kw_defaults, strict=True):
        yield one.arg, definition(one, default)


def definition(argument: ast.arg, default: ast.expr | None) -> str:
    """Return the text of a parameter."""
    text = ast.unparse(argument)
    return text if default is None else f"{text} = {ast.unparse(default)}"


def method_of(topic: str, operation: ast.FunctionDef, shared: Parameters, *, is_async: bool) -> str:
    """Return the text of the method of an operation."""
    assert operation.returns is not None
    found = re.fullmatch(r"(\w+)(?:\[(.*)\])?", ast.unparse(operation.returns))
    assert found is not None
    make, meaning = KINDS[found[1]]
    result = {"StreamCall": f"{'Async' if is_async else ''}NameStream", "WatchCall": "None"}
    pairs = list(own_parameters(operation.args))
    names = [name for name, _ in pairs if name != "*"]
    definitions = [text for _, text in pairs]
    text = ast.get_docstring(operation) or ""
    if operation.args.kwarg is not None:
        names, definitions = names + shared.names, definitions + shared.definitions
        text = SETTINGS_ENTRY.sub(lambda _: shared.entries, text)
    awaits = is_async and found[1] != "StreamCall"
    passed = ", ".join(f"{name}={name}" for name in names)
    call = f"self.{make}(_{topic}.{operation.name}({passed}), timeout, metadata)"
    document = re.sub(r"\n(?!\n)", "\n        ", with_last_entries(text, meaning))
    return (
        f"    {'async ' if awaits else ''}def {operation.name}("
        f"self, {', '.join(definitions)}, {LAST},"
        f") -> {result.get(found[1], found[2])}:\n"
        f'        """{document}\n        """\n'
        f"        return {'await ' if awaits else ''}{call}\n"
    )


def with_last_entries(text: str, meaning: str) -> str:
    """Add the entries of the parameters that every method has to a docstring."""
    entries = f"    timeout: {meaning}\n    metadata: {METADATA}\n"
    before, mark, after = text.partition("\nRaises:\n")
    if "\nArgs:\n" not in before:
        before += "\nArgs:\n"
    return f"{before}{entries}{mark}{after}"


def imports_of(tree: ast.Module, module: str, names: set[str]) -> Iterator[str]:
    """Yield the imports of names that an operation's module imports or defines."""
    for one in tree.body:
        if isinstance(one, ast.ImportFrom):
            for alias in one.names:
                if alias.name in names:
                    yield f"from {one.module} import {alias.name}"
        elif isinstance(one, ast.ClassDef) and one.name in names:
            yield f"from {module} import {one.name}"


def file_of(topics: tuple[str, ...], name: str, *, is_async: bool) -> str:
    """Return the text of a file with a class of the methods of some operations."""
    caller, shared = (
        ("AsyncCaller", "_async_caller") if is_async else ("SyncCaller", "_sync_caller")
    )
    settings, bodies, imports = shared_parameters(), [], set()
    for topic in topics:
        module = f"namesmith_client._operations.{topic}"
        tree = ast.parse((CLIENT / "_operations" / f"{topic}.py").read_text())
        operations = [
            one
            for one in tree.body
            if isinstance(one, ast.FunctionDef) and not one.name.startswith("_")
        ]
        bodies += [method_of(topic, one, settings, is_async=is_async) for one in operations]
        used = set(re.findall(r"\w+", "\n".join(map(signature_text, operations))))
        imports |= {f"from namesmith_client._operations import {topic} as _{topic}"}
        imports |= set(imports_of(tree, module, used))
    text = "\n".join(bodies)
    if "**settings" in text or "sampling: Sampling" in text:
        imports |= {
            "from namesmith_client._sampling_and_constraint import Constraint, Sampling",
            "from collections.abc import Iterable",
        }
    stream = "AsyncNameStream" if is_async else "NameStream"
    if f"-> {stream}" in text:
        imports |= {f"from namesmith_client._name_stream import {stream}"}
    imports |= {
        f"from namesmith_client.{shared} import {caller}",
        "from namesmith_client._metadata import GivenMetadata",
    }
    awaiting = "awaiting" if is_async else "blocking"
    return (
        f'"""Generated by make methods: the operations as methods of the {awaiting} client."""'
        "\n\n" + "\n".join(sorted(imports)) + f"\n\n\nclass {name}({caller}):\n"
        f'    """The operations as methods of the {awaiting} client."""\n\n' + text
    )


def signature_text(operation: ast.FunctionDef) -> str:
    """Return the types of an operation's parameters and of its result, without its settings."""
    assert operation.returns is not None
    arguments = operation.args.args + operation.args.kwonlyargs
    result = re.sub(r"^\w+", "", ast.unparse(operation.returns))
    return "\n".join([*map(ast.unparse, arguments), result])


def formatted(text: str, path: str) -> str:
    """Return the text with sorted imports, in the form of ruff."""
    for command in (("check", "--select=I", "--fix", "--quiet"), ("format", "--quiet")):
        ruff = [sys.executable, "-m", "ruff", *command, "--stdin-filename", path, "-"]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout
    return text


def main() -> None:
    """Write the files into a folder."""
    folder = Path(sys.argv[1])
    for file, topics, name, is_async in (
        ("blocking.py", TOPICS, "Methods", False),
        ("awaiting.py", TOPICS, "AsyncMethods", True),
        ("admin_blocking.py", ("admin",), "AdminMethods", False),
        ("admin_awaiting.py", ("admin",), "AsyncAdminMethods", True),
    ):
        path = CLIENT / "_methods" / file
        (folder / file).write_text(formatted(file_of(topics, name, is_async=is_async), str(path)))


if __name__ == "__main__":
    main()
