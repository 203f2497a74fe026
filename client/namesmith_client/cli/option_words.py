"""The library's messages about arguments, in the words of the options that give them."""

import re

OPTION_OF = (
    (r"^(address|timeout):", r"--\1:"),
    (r"^root_certificates:", "--tls-roots:"),
    (
        r"^certificate: goes together with private_key",
        "--client-certificate and --client-key: one goes with the other",
    ),
    (r"^certificate:", "--client-certificate:"),
    (r"^private_key:", "--client-key:"),
    (r"^tls: (.*) a server_name ", r"--tls: \1 a --tls-server-name "),
    (r"^token:", "--token, --token-file:"),
    (r"; use TLS, or Token\(.*\)$", "; --tls or --tls-roots is missing"),
    (r"TLS, the https:// of gRPC, is an option of its own$", "--tls is its https://"),
    (r"^metadata:", "--header:"),
)
"""Patterns of the library's messages about arguments, and the words for their options."""


def by_option(message: str) -> str:
    """Return a message about the arguments of the library in the words of the command line."""
    for pattern, words in OPTION_OF:
        message = re.sub(pattern, words, message)
    return message
