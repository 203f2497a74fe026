"""The names of callers without tokens."""

from typing import Any

import pytest

from namesmith_server.app.security.callers import (
    MAX_CALLER,
    caller_of_address,
    caller_of_certificate,
)


class Connection:
    """The context of a call, as far as it names the client."""

    def __init__(self, peer: str = "ipv4:10.0.0.1:50051", **properties: list[bytes]) -> None:
        self._peer, self._properties = peer, properties

    def peer(self) -> str:
        """Return the connection's name."""
        return self._peer

    def auth_context(self) -> dict[str, list[bytes]]:
        """Return the properties of the connection."""
        return self._properties


@pytest.mark.parametrize(
    ("peer", "name"),
    [
        ("ipv4:10.0.0.1:50051", "10.0.0.1"),
        ("ipv6:%5B::1%5D:50051", "::1"),
        ("ipv6:[fe80::1%25eth0]:1", "fe80::1%eth0"),
        ("unix:", "unix"),
        ("unix:/run/client.sock", "unix"),
        ("unix-abstract:x", "unix"),
    ],
)
def test_an_address_has_no_port(peer: str, name: str) -> None:
    """Two connections of one client have one name."""
    connection: Any = Connection(peer)
    assert caller_of_address(connection) == name
    assert caller_of_certificate(connection) == name


def test_a_certificate_names_its_subject() -> None:
    """The common name, else the first alternative name that is not empty."""
    both: Any = Connection(
        x509_common_name=[b"alice"], x509_subject_alternative_name=[b"a.example"]
    )
    alternative: Any = Connection(
        x509_common_name=[b""], x509_subject_alternative_name=[b"", b"b.example"]
    )
    assert caller_of_certificate(both) == "alice"
    assert caller_of_certificate(alternative) == "b.example"


@pytest.mark.parametrize("subject", [b"a\nb\x1b[31m", b"\xff\xfe\x00", b"x" * 10_000])
def test_a_name_is_printable_and_bounded(subject: bytes) -> None:
    """Whatever an authority has signed."""
    connection: Any = Connection(x509_common_name=[subject])
    name = caller_of_certificate(connection)
    assert name.isprintable()
    assert 0 < len(name) <= MAX_CALLER
