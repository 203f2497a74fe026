"""Workers that start while the files of TLS or of the tokens have a fault."""

import os
import signal
from pathlib import Path

import trustme

from certificates import NAME, write_pair
from namesmith_client import TLS, Client
from processes import running
from tokens import write_tokens


def test_a_worker_that_starts_beside_garbage_serves_the_last_good(tmp_path: Path) -> None:
    """Both workers are killed behind the loss of all files: others serve as they did."""
    authority = trustme.CA()
    pair = write_pair(tmp_path, authority.issue_cert(NAME))
    tokens = write_tokens(tmp_path / "tokens", alice="first")
    options = (*pair, "--tokens-file", tokens, "--workers", "2")
    with running(*options) as server:
        tokens.write_text("garbage-of-tokens")
        (tmp_path / "chain.pem").write_text("garbage")
        (tmp_path / "key.pem").unlink()
        for event in server.log[:]:
            if event["event"] == "worker serving":
                os.kill(event["pid"], signal.SIGKILL)
        seen = []
        for event in server.events():
            seen.append(event)
            if sum(one["event"] == "worker serving" for one in seen) == 2:
                break
        kinds = [one["event"] for one in seen]
        assert kinds.count("worker died") == 2
        assert kinds.count("tokens refused") == kinds.count("certificates refused") == 2
        assert "garbage-of-tokens" not in repr(seen)
        tls = TLS(authority.cert_pem.bytes(), NAME)
        with Client(server.address, tls=tls, token="first") as client:
            assert client.generate(1).names
