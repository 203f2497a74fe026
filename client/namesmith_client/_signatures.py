"""The signature and documentation of an operation as a method, for ``help`` and ``inspect``.

The keywords of ``**settings: Unpack[SomeTypedDict]`` are written out one by one, each with its
type, its default and its entry in the docstring.
"""

import inspect
import re
from collections.abc import Callable, Iterator
from functools import update_wrapper
from inspect import Parameter, Signature
from types import NoneType
from typing import Any, TypeVar, get_args, get_origin

LAST = ("model", "timeout")
"""Arguments that stand behind the written-out settings in a signature."""

SETTINGS_ENTRY = re.compile(r"^    \*\*settings:.*\n(?: {5,}.*\n)*", re.MULTILINE)
"""Entry of ``**settings`` in an operation's docstring, which the written-out entries replace."""


def with_signature_of(
    build: Callable[..., Any], method: Callable[..., Any], make: Callable[..., Any]
) -> Callable[..., Any]:
    """Give a method the name, the documentation and the signature of its operation.

    Args:
        build: the decorated function, which takes no ``self`` and builds the ``Call``.
        method: the method of a client.
        make: method of a caller that makes the call. Its return annotation becomes the annotation
            of ``method``, unless it is a type variable, which stands for the result of the call.
    """
    built, made = inspect.signature(build), inspect.signature(make).return_annotation
    result = get_args(built.return_annotation)[0] if isinstance(made, TypeVar) else made
    this = Parameter("self", Parameter.POSITIONAL_ONLY)
    signature = Signature([this, *expanded_parameters(built)], return_annotation=result)
    update_wrapper(method, build, assigned=("__module__", "__name__"))
    method.__qualname__ = build.__qualname__ = build.__name__
    method.__doc__ = _documentation(build, built)
    method.__annotations__ = {
        **{name: one.annotation for name, one in signature.parameters.items() if name != "self"},
        "return": result,
    }
    vars(method)["__signature__"] = signature
    return method


def expanded_parameters(signature: Signature) -> list[Parameter]:
    """Return the parameters, with a dictionary type's keywords in place of ``**settings``."""
    own = [one for one in signature.parameters.values() if one.kind is not Parameter.VAR_KEYWORD]
    shared = [
        Parameter(name, Parameter.KEYWORD_ONLY, default=_default(kind), annotation=kind)
        for name, kind in _settings(signature).items()
    ]
    last = [one for one in own if shared and one.name in LAST]
    return [*(one for one in own if one not in last), *shared, *last]


def _settings(signature: Signature) -> dict[str, Any]:
    """Return the types of the keywords that ``**settings`` stands for."""
    found: dict[str, Any] = {}
    for group in _groups(signature):
        found |= group.__annotations__
    return found


def _groups(signature: Signature) -> Iterator[type]:
    for one in signature.parameters.values():
        if one.kind is Parameter.VAR_KEYWORD:
            yield get_args(one.annotation)[0]  # Unpack[group]


def _default(kind: Any) -> object:  # noqa: ANN401 - a type or a union of types
    """Return the value that an argument of a type has where the caller leaves it out."""
    if NoneType in get_args(kind):
        return None
    return kind() if get_origin(kind) is None else ()


def _documentation(build: Callable[..., Any], signature: Signature) -> str:
    """Return the operation's docstring, in which the entries of its settings are written out."""
    text = inspect.getdoc(build) or ""
    documents = [inspect.getdoc(group) or "" for group in _groups(signature)]
    entries = "".join(text.partition("Attributes:\n")[2] + "\n" for text in documents)
    return SETTINGS_ENTRY.sub(lambda _: entries, text)
