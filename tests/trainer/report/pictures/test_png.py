"""Tests of the PNG writer."""

import base64
import struct
import zlib

from namesmith_trainer.report.pictures.png import SIGNATURE, data_uri


def chunks(raw: bytes) -> dict[bytes, bytes]:
    """Decode the chunks of a PNG and check their checksums."""
    found, at = {}, len(SIGNATURE)
    while at < len(raw):
        (size,) = struct.unpack_from(">I", raw, at)
        kind, data = raw[at + 4 : at + 8], raw[at + 8 : at + 8 + size]
        assert struct.unpack_from(">I", raw, at + 8 + size) == (zlib.crc32(kind + data),)
        found[kind] = data
        at += 12 + size
    return found


def test_a_png_holds_the_given_pixels() -> None:
    """The decoded size, colours and bits equal the arguments, by the specification."""
    rows = [b"\xa5\x80", b"\x00\x00", b"\xff\x80"]
    uri = data_uri(9, rows, b"\x01\x02\x03")
    raw = base64.b64decode(uri.removeprefix("data:image/png;base64,"))
    assert raw.startswith(SIGNATURE)
    found = chunks(raw)
    assert list(found) == [b"IHDR", b"PLTE", b"tRNS", b"IDAT", b"IEND"]
    assert struct.unpack(">IIBBBBB", found[b"IHDR"]) == (9, 3, 1, 3, 0, 0, 0)
    assert found[b"PLTE"] == b"\0\0\0\x01\x02\x03"
    assert found[b"tRNS"] == b"\x00\xff"
    assert zlib.decompress(found[b"IDAT"]) == b"".join(b"\0" + row for row in rows)
