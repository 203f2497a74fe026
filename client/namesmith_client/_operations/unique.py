"""Operations that give each number a name of its own, and that find the number of a name."""

from collections.abc import Iterable
from dataclasses import dataclass

from namesmith.v1 import names_pb2
from namesmith_client._calls import UnaryCall
from namesmith_client._messages import build, read_names
from namesmith_client._model_reference import model_ref
from namesmith_client._sampling_and_constraint import Constraint, sampling_and_constraint
from namesmith_client._secret import secret_fields

__all__ = ["NamedNumbers", "NumberedNames"]


@dataclass(frozen=True, slots=True)
class NamedNumbers:
    """The unique names of numbers.

    Attributes:
        names: name of each number, in the order of the numbers.
        model: name of the model that named.
        version: version of the model, >= 1.
        floor: natural log-probability that no unique name is below, where names are drawn freely.
        names_above_floor: number of names that the floor leaves to choose from, at least the
            capacity, at most 2^62.
    """

    names: tuple[str, ...]
    model: str
    version: int
    floor: float
    names_above_floor: int


@dataclass(frozen=True, slots=True)
class NumberedNames:
    """The numbers of unique names.

    Attributes:
        numbers: number of each name, in the order of the names; None for a name that no number has.
        model: name of the model that named.
        version: version of the model, >= 1.
    """

    numbers: tuple[int | None, ...]
    model: str
    version: int


def name_numbers(  # noqa: PLR0913 - the arguments of a method
    numbers: Iterable[int],
    *,
    secret: bytes | None = None,
    secret_name: str = "",
    capacity: int = 0,
    constraint: Constraint | None = None,
    model: str = "",
) -> UnaryCall[NamedNumbers]:
    """Return a name of its own for each number: different numbers have different names.

    The names are the most probable ones of the model, in an order that only the secret tells.
    Another capacity, constraint, model or version gives other names. Calls of disjoint
    numbers, on any machines, give disjoint names. Only a model with a chain can answer.

    Args:
        numbers: 1 to 100,000 numbers, each in [0, capacity).
        secret: 16 to 1,024 bytes; None: secret_name names one.
        secret_name: name of a secret that the server holds, at most 128 characters; empty: the
            secret is given.
        capacity: how many numbers have names, at most 2^40; 0: 1,000,000.
        constraint: which names are admitted; None: names of 1 to 32 characters.
        model: NAME, NAME/VERSION or NAME@LABEL; empty: the server's default model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.NameKeysRequest,
        model=model_ref(model),
        constraint=sampling_and_constraint({"constraint": constraint})["constraint"],
        **secret_fields(secret, secret_name),
        unique=True,
        numbers=list(numbers),
        capacity=capacity,
    )
    return UnaryCall(lambda stubs: stubs.names.NameKeys, request, _named_numbers)


def numbers_of_names(  # noqa: PLR0913 - the arguments of a method
    names: Iterable[str],
    *,
    secret: bytes | None = None,
    secret_name: str = "",
    capacity: int = 0,
    constraint: Constraint | None = None,
    model: str = "",
) -> UnaryCall[NumberedNames]:
    """Return the number of each name that ``name_numbers`` gave under the same arguments.

    Every such name has a number under every secret: a wrong secret gives wrong numbers,
    and nothing tells that it is wrong.

    Args:
        names: 1 to 100,000 names of at most 1,024 characters.
        secret: 16 to 1,024 bytes; None: secret_name names one.
        secret_name: name of a secret that the server holds, at most 128 characters; empty: the
            secret is given.
        capacity: how many numbers have names, at most 2^40; 0: 1,000,000.
        constraint: which names are admitted; None: names of 1 to 32 characters.
        model: NAME, NAME/VERSION or NAME@LABEL; empty: the server's default model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.KeyOfNameRequest,
        model=model_ref(model),
        constraint=sampling_and_constraint({"constraint": constraint})["constraint"],
        **secret_fields(secret, secret_name),
        names=read_names("names", names),
        capacity=capacity,
    )
    return UnaryCall(lambda stubs: stubs.names.KeyOfName, request, _numbered_names)


def _named_numbers(response: names_pb2.NameKeysResponse) -> NamedNumbers:
    return NamedNumbers(
        names=tuple(response.names[:]),
        model=response.model,
        version=response.version,
        floor=response.floor,
        names_above_floor=response.bearable_keys,
    )


def _numbered_names(response: names_pb2.KeyOfNameResponse) -> NumberedNames:
    return NumberedNames(
        numbers=tuple(None if number < 0 else number for number in response.numbers[:]),
        model=response.model,
        version=response.version,
    )
