"""Certificates of servers and clients, written as the files of the options."""

import base64
from pathlib import Path

import trustme

NAME = "names.example"
"""Name in the servers' certificates."""

BEGIN, END = b"-----BEGIN CERTIFICATE-----\n", b"\n-----END CERTIFICATE-----\n"


def chain_of(issued: trustme.LeafCert) -> bytes:
    """Return a certificate with its issuers in PEM form."""
    return b"".join(part.bytes() for part in issued.cert_chain_pems)


def key_of(issued: trustme.LeafCert) -> bytes:
    """Return the private key of a certificate in PEM form."""
    return issued.private_key_pem.bytes()


def write_pair(folder: Path, issued: trustme.LeafCert) -> tuple[str | Path, ...]:
    """Write a certificate and its key into a folder, and return the options of a server."""
    (folder / "chain.pem").write_bytes(chain_of(issued))
    (folder / "key.pem").write_bytes(key_of(issued))
    return "--tls-certificate", folder / "chain.pem", "--tls-key", folder / "key.pem"


def garbled(issued: trustme.LeafCert) -> bytes:
    """Return a certificate whose signature has one wrong bit."""
    pem = issued.cert_chain_pems[0].bytes()
    raw = bytearray(base64.b64decode(b"".join(pem.strip().splitlines()[1:-1])))
    raw[-1] ^= 1
    return BEGIN + base64.encodebytes(bytes(raw)).strip() + END


class Mounted:
    """A folder of files that are all replaced in one moment, as Kubernetes mounts a Secret."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._count = 0

    def replace(self, **contents: bytes) -> None:
        """Replace the files; the underscore of each name stands for the dot."""
        self._count += 1
        version = self.folder / f"..{self._count}"
        version.mkdir()
        for name, content in contents.items():
            file = name.replace("_", ".")
            (version / file).write_bytes(content)
            if not (self.folder / file).is_symlink():
                (self.folder / file).symlink_to(f"..data/{file}")
        (self.folder / "..new").symlink_to(version.name)
        (self.folder / "..new").replace(self.folder / "..data")
