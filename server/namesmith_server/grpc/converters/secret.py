"""The secret of a request: in the request itself, or by the name of one that the server holds.

No violation repeats the secret or the name: a secret in the place of a name would stand in logs.
"""

from collections.abc import Mapping
from typing import Protocol

from namesmith import limits
from namesmith_server.engine import Secret
from namesmith_server.grpc.converters.validator import Validator


class SecretRequest(Protocol):
    """A request with a secret or the name of one."""

    @property
    def secret(self) -> bytes: ...  # noqa: D102 - the field
    @property
    def secret_name(self) -> str: ...  # noqa: D102 - the field


def secret_of(
    request: SecretRequest, secrets: Mapping[str, Secret], validator: Validator
) -> Secret | None:
    """Return the secret of a request; add a violation and return None where it has none.

    Args:
        request: the request.
        secrets: secrets of the server by their names.
        validator: collection of violations.
    """
    least, most = limits.MIN_SECRET_BYTES, limits.MAX_SECRET_BYTES
    longest = limits.MAX_SECRET_NAME_CHARACTERS
    size, characters = len(request.secret), len(request.secret_name)
    if size and characters:
        validator.fail("secret", "is given beside secret_name: one of them is allowed")
    elif size:
        told = f"{size} bytes, {least} to {most} are allowed"
        validator.require(least <= size <= most, "secret", told)
        return Secret(request.secret)
    elif not characters:
        validator.fail("secret", "is empty, and so is secret_name: one of them is needed")
    elif characters > longest:
        told = f"{characters} characters, at most {longest} are allowed"
        validator.fail("secret_name", told)
    elif request.secret_name not in secrets:
        validator.fail("secret_name", "is no name of a secret that this server holds")
    return secrets.get(request.secret_name)
