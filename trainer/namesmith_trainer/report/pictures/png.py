"""Writes PNG images of one bit a pixel, for saturation maps (W3C PNG, third edition)."""

import base64
import struct
import zlib

SIGNATURE = b"\x89PNG\r\n\x1a\n"
"""First bytes of every PNG file."""

PALETTE = 3
"""Colour type of an image whose pixels are indices into a palette."""


def data_uri(width: int, rows: list[bytes], colour: bytes) -> str:
    """Encode an image whose set bits have a colour and whose other bits are transparent.

    Args:
        width: number of pixels of a row, >= 1.
        rows: bits of each row, the leftmost first, padded to whole bytes.
        colour: red, green and blue, a byte each.

    Returns:
        a ``data:`` URI of the PNG file.
    """
    header = struct.pack(">IIBBBBB", width, len(rows), 1, PALETTE, 0, 0, 0)
    pixels = zlib.compress(b"".join(b"\0" + row for row in rows), 9)  # 0: rows are not filtered
    parts = (
        _chunk(b"IHDR", header),
        _chunk(b"PLTE", bytes(3) + colour),
        _chunk(b"tRNS", b"\x00\xff"),
        _chunk(b"IDAT", pixels),
        _chunk(b"IEND", b""),
    )
    encoded = base64.b64encode(SIGNATURE + b"".join(parts)).decode("ascii")
    return f"data:image/png;base64,{encoded}"


def _chunk(kind: bytes, data: bytes) -> bytes:
    """Encode a chunk: size, kind, data and checksum."""
    checksum = zlib.crc32(kind + data)
    return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", checksum)
