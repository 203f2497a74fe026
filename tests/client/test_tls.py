"""Encrypted connections."""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from typing import Any

import pytest
import trustme

from namesmith_client import (
    TLS,
    Health,
    UnavailableError,
)
from processes import running

Caller = Callable[..., Any]


Connect = Callable[..., AbstractContextManager[Caller]]


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    """Make the certificate authority that signs the server's certificate."""
    return trustme.CA()


@pytest.fixture(scope="module")
def tls_server(authority: trustme.CA, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """Start a server process whose certificate says names.example, and provide its address."""
    folder = tmp_path_factory.mktemp("tls")
    certificate = authority.issue_cert("names.example")
    chain = b"".join(part.bytes() for part in certificate.cert_chain_pems)
    (folder / "chain.pem").write_bytes(chain)
    (folder / "key.pem").write_bytes(certificate.private_key_pem.bytes())
    options = ("--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem")
    with running(*options) as process:
        yield process.address


def test_tls_reaches_a_server_whose_certificate_is_trusted(
    connect: Connect, authority: trustme.CA, tls_server: str
) -> None:
    """Encrypted calls work with the right authority and name."""
    tls = TLS(authority.cert_pem.bytes(), server_name="names.example")
    with connect(tls_server, tls=tls) as call:
        assert len(call("generate", 3).names) == 3
        assert call("health") is Health.SERVING


def test_tls_refuses_every_other_server(
    connect: Connect, authority: trustme.CA, tls_server: str, server: str
) -> None:
    """No call is made with another authority, another name or without encryption on one side."""
    trusted = authority.cert_pem.bytes()
    for address, tls in (
        (tls_server, TLS(trustme.CA().cert_pem.bytes(), server_name="names.example")),
        (tls_server, TLS(trusted, server_name="other.example")),
        (tls_server, TLS(trusted)),
        (tls_server, TLS(server_name="names.example")),
        (tls_server, None),
        (server, TLS(trusted, server_name="names.example")),
    ):
        with connect(address, tls=tls) as call, pytest.raises(UnavailableError):
            call("health")
