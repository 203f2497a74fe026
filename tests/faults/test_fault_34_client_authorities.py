"""Fault 34: authorities of clients that no client could be checked by."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import trustme

from certificates import NAME, key_of, write_pair
from processes import refused

PAIR = trustme.CA().issue_cert(NAME)

DAY = timedelta(days=1)

BROKEN = b"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"


def expired() -> bytes:
    """Return a certificate that has expired."""
    leaf = trustme.CA().issue_cert(
        NAME, not_before=datetime.now(UTC) - 2 * DAY, not_after=datetime.now(UTC) - DAY
    )
    return leaf.cert_chain_pems[0].bytes()


def test_fault_34_authorities_that_cannot_be_used_stop_the_start(tmp_path: Path) -> None:
    """The one line names the file, and what is wrong with it."""
    pair = write_pair(tmp_path, PAIR)
    path = tmp_path / "clients.pem"
    option = ("--tls-client-ca", path)
    for content, reason in (
        (None, "No such file or directory"),
        (b"", "holds no certificate in PEM form"),
        (b"\x00" * 4_096, "holds no certificate in PEM form"),
        (key_of(PAIR), "holds no certificate in PEM form"),
        (BROKEN, "holds no certificate in PEM form"),
        (expired(), "the certificate has expired, on "),
    ):
        path.unlink(missing_ok=True)
        if content is not None:
            path.write_bytes(content)
        ended = refused(*pair, *option)
        assert ended.returncode == 1
        assert ended.stderr.splitlines()[-1].startswith(f"namesmith-server: {path}: {reason}")
    alone = refused(*option)
    assert alone.returncode == 2
    assert "--tls-client-ca needs --tls-certificate and --tls-key" in alone.stderr
