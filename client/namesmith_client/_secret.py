"""The secret of a caller, as a request holds it."""


def secret_bytes(secret: bytes | None) -> bytes:
    """Return the secret as a message holds it; an error never shows it."""
    if secret is not None and not isinstance(secret, bytes):
        raise TypeError(f"secret: bytes are expected, a {type(secret).__name__} is given")
    return secret or b""
