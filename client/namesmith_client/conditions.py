"""How names are drawn and what they satisfy, as messages: what many requests hold."""

from collections.abc import Iterable

from namesmith.v1 import names_pb2
from namesmith_client.message import built


def sampling_of(
    temperature: float | None, top_k: int | None, top_p: float | None, min_p: float | None
) -> names_pb2.Sampling:
    """The message; None leaves a setting to the server. Raises as ``built``."""
    return built(
        names_pb2.Sampling,
        "sampling.",
        temperature=temperature,
        top_k=top_k,
        top_p=top_p,
        min_p=min_p,
    )


def constraint_of(  # noqa: PLR0913, PLR0917 - the message's fields
    prefix: str,
    min_length: int | None,
    max_length: int | None,
    suffix: str,
    contains: str,
    pattern: str,
    forbidden: Iterable[str],
    novel: bool,  # noqa: FBT001 - a field
) -> names_pb2.Constraint:
    """The message; None leaves a bound to the server.

    Raises:
        InvalidArgumentError: as ``built``.
        TypeError: ``forbidden`` is one string.
    """
    if isinstance(forbidden, str):
        raise TypeError(f"forbidden: {forbidden!r} is one name, a list of names is expected")
    return built(
        names_pb2.Constraint,
        "constraint.",
        prefix=prefix,
        min_length=min_length,
        max_length=max_length,
        suffix=suffix,
        contains=contains,
        pattern=pattern,
        forbidden=tuple(forbidden),
        novel=novel,
    )
