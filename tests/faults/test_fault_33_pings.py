"""Pings without end close their own connection, and no other."""

from hostile import PING, connect, frame, message
from namesmith.v1.names_pb2 import GenerateNamesRequest
from processes import running

METHOD = "namesmith.v1.NameService/GenerateNames"
ASKED = message(GenerateNamesRequest(count=1).SerializeToString())
ENHANCE_YOUR_CALM = 11


def test_fault_33_a_connection_that_pings_without_end_is_closed() -> None:
    """GOAWAY with ENHANCE_YOUR_CALM; a connection beside it goes on."""
    with running() as server, connect(server.address) as plain:
        assert plain.read(plain.call(METHOD, ASKED)).status == "OK"
        with connect(server.address) as attacker:
            for number in range(2_000):
                if not attacker.raw(frame(PING, 0, 0, number.to_bytes(8, "big"))):
                    break
            attacker.wait(lambda: attacker.closed, 10)
            assert attacker.closed
            assert attacker.farewell in {ENHANCE_YOUR_CALM, None}
        assert plain.read(plain.call(METHOD, ASKED)).status == "OK"
