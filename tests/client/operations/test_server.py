"""The server's description, by both clients and the command line."""

import json
from collections.abc import Callable
from typing import Any

from namesmith.version import VERSION
from namesmith_client import Server
from terminal import answer


def test_a_server_tells_its_version_and_bounds(server: str, call: Callable[..., Any]) -> None:
    """The library and the command agree."""
    told = call("server")
    assert isinstance(told, Server)
    assert told.version == VERSION
    assert told.max_message_bytes == 4 << 20
    shown = json.loads(answer(server, "server", "--json"))
    assert shown == {
        "version": told.version,
        "max_symbols": told.max_symbols,
        "max_names": told.max_names,
        "max_message_bytes": told.max_message_bytes,
        "excludes_sha256": "",
    }
