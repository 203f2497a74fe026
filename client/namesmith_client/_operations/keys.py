"""Operations that name keys: the same key has the same name, without a table of keys."""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Unpack

from namesmith.v1 import names_pb2
from namesmith_client._calls import UnaryCall
from namesmith_client._messages import build, invalid_field
from namesmith_client._model_reference import model_ref
from namesmith_client._sampling_and_constraint import SamplingAndConstraint, sampling_and_constraint
from namesmith_client._secret import secret_fields

__all__ = ["NamedKeys"]


@dataclass(frozen=True, slots=True)
class NamedKeys:
    """The names of keys.

    Attributes:
        names: name of each key, in the order of the keys.
        model: name of the model that named.
        version: version of the model, >= 1.
        collision_probability: probability that two different keys have the same name, in (0, 1];
            of a model without a chain an estimate, from above.
        bearable_keys: number of different keys of which half a pair of equal names is expected at
            most, in [1, 2^62].
    """

    names: tuple[str, ...]
    model: str
    version: int
    collision_probability: float
    bearable_keys: int


def name_keys(
    keys: Iterable[bytes | str],
    *,
    secret: bytes | None = None,
    secret_name: str = "",
    model: str = "",
    **settings: Unpack[SamplingAndConstraint],
) -> UnaryCall[NamedKeys]:
    """Return the name of each key: a function of key, secret, model version and settings.

    Without the secret nobody can tell the key of a name, or test a guess. Equal keys have equal
    names; different keys may have the same name, as often as the result says.

    Args:
        keys: 1 to 100,000 keys of up to 1,024 bytes; a text is its UTF-8, not
            normalised.
        secret: 16 to 1,024 bytes; None: secret_name names one.
        secret_name: name of a secret that the server holds, at most 128 characters; empty: the
            secret is given.
        **settings: how symbols are drawn and which names are admitted: see
            ``SamplingAndConstraint``.
        model: NAME, NAME/VERSION or NAME@LABEL; empty: the server's default model.

    Raises:
        NamesmithError: the call failed; for the subclasses see ``namesmith_client.errors``.
    """
    request = build(
        names_pb2.NameKeysRequest,
        model=model_ref(model),
        **sampling_and_constraint(settings),
        **secret_fields(secret, secret_name),
    )
    request.keys.extend(_keys(keys))
    return UnaryCall(lambda stubs: stubs.names.NameKeys, request, _named_keys)


def _keys(keys: Iterable[bytes | str]) -> list[bytes]:
    """Return the keys as bytes; an error never shows a key.

    Raises:
        TypeError: ``keys`` is one key, or one of them is neither bytes nor text.
        InvalidArgumentError: a text has no UTF-8.
    """
    if isinstance(keys, bytes | str):
        raise TypeError("keys: one key is given, a list of keys is expected")
    return [_key(i, key) for i, key in enumerate(keys)]


def _key(number: int, key: bytes | str) -> bytes:
    if isinstance(key, bytes):
        return key
    if not isinstance(key, str):
        raise TypeError(f"keys[{number}]: {type(key).__name__}, bytes or a string are expected")
    try:
        return key.encode()
    except UnicodeError:
        raise invalid_field(f"keys[{number}]", "is not Unicode text") from None


def _named_keys(response: names_pb2.NameKeysResponse) -> NamedKeys:
    return NamedKeys(
        names=tuple(response.names[:]),
        model=response.model,
        version=response.version,
        collision_probability=response.collision_probability,
        bearable_keys=response.bearable_keys,
    )
