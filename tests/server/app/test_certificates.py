"""The certificates of a server, as the rest of the server asks for them."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import trustme

from certificates import NAME, chain_of, key_of
from namesmith_server.app.file_watch import FileWatch
from namesmith_server.app.settings import Settings
from namesmith_server.app.transport import open_certificates


def test_a_reload_is_told_with_its_outcome_and_moves_the_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The end is the served certificate's, also after a reload that was refused."""
    monkeypatch.setattr(FileWatch, "start", lambda _: None)  # the test looks by itself
    authority = trustme.CA()
    key, chain = tmp_path / "key.pem", tmp_path / "chain.pem"
    now = datetime.now(UTC).replace(microsecond=0)

    def write(days: int) -> None:
        issued = authority.issue_cert(NAME, not_after=now + timedelta(days=days))
        key.write_bytes(key_of(issued))
        chain.write_bytes(chain_of(issued))

    write(30)
    certificates = open_certificates(Settings(tls_key=key, tls_certificate=chain))
    assert certificates is not None
    outcomes: list[str] = []
    certificates.on_reload(outcomes.append)
    watch = certificates._watch
    for change, outcome, days in (
        (lambda: write(60), "loaded", 60),
        (lambda: key.write_bytes(b""), "refused", 60),
        (lambda: write(90), "loaded", 90),
    ):
        change()
        watch.look()
        watch.look()
        assert outcomes[-1] == outcome
        assert certificates.ends == (now + timedelta(days=days)).timestamp()


def test_there_are_none_without_tls() -> None:
    """A server without a pair serves no TLS."""
    assert open_certificates(Settings()) is None
