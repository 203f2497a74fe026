"""The secret of a caller, or the name of the server's, as a request holds it; no error shows it."""

from typing import TypedDict

from namesmith_client._messages import invalid_field


class SecretFields(TypedDict):
    """The fields of a request that say which secret names."""

    secret: bytes
    secret_name: str


def secret_fields(secret: bytes | None, secret_name: str) -> SecretFields:
    """Return the fields of a secret.

    Raises:
        TypeError: the secret is not bytes, or the name is no text.
        InvalidArgumentError: the name has no UTF-8.
    """
    if secret is not None and not isinstance(secret, bytes):
        raise TypeError(f"secret: {type(secret).__name__}, bytes or None are expected")
    if not isinstance(secret_name, str):
        raise TypeError(f"secret_name: {type(secret_name).__name__}, a string is expected")
    try:
        secret_name.encode()
    except UnicodeError:
        raise invalid_field("secret_name", "is not Unicode text") from None
    return {"secret": secret or b"", "secret_name": secret_name}
