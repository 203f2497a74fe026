"""Tokens and the callers that they name."""

from hashlib import sha256

import pytest

from namesmith_server.app.security.tokens import Known, Tokens


@pytest.mark.parametrize("header", ["Bearer", "Bearer ", "Bearer    ", "", " "])
def test_no_token_is_nobodys(header: str) -> None:
    """Also where the hash of the empty token is known."""
    assert not Tokens(iter([Known(sha256(b"").digest(), "nobody")])).caller(header)
