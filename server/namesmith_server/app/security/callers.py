"""The name of a caller that shows no token: its certificate's, else its address."""

from urllib.parse import unquote

from namesmith.quoting import printable
from namesmith_server.grpc import Context

MAX_CALLER = 128
"""Largest number of characters of a caller's name."""

SUBJECTS = ("x509_common_name", "x509_subject_alternative_name")
"""Properties of a connection that name the subject of its client's certificate, the first first."""

SOCKET = "unix"
"""Name of the callers of a socket with a path."""


def caller_of_certificate(context: Context) -> str:
    """Return the common name of the client's certificate, else its first alternative name.

    It is the address of the client where the certificate has neither.
    """
    properties = context.auth_context()
    for subject in SUBJECTS:
        for value in properties.get(subject, ()):
            if value:
                return printable(value.decode("utf-8", "replace"))[:MAX_CALLER]
    return caller_of_address(context)


def caller_of_address(context: Context) -> str:
    """Return the address of the client without its port."""
    kind, _, place = context.peer().partition(":")
    if kind.startswith(SOCKET):
        return SOCKET
    return unquote(place).rpartition(":")[0].strip("[]")[:MAX_CALLER]
