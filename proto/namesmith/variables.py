"""The environment variables that the programs read, and those that none reads."""

import re
from collections.abc import Iterable, Iterator

PREFIX = "NAMESMITH_"
"""Beginning of the name of every variable of the project."""

OF_SERVER = frozenset(
    {
        "NAMESMITH_ACCESS_LOG_SAMPLE",
        "NAMESMITH_ADDRESS",
        "NAMESMITH_ADMIN_ADDRESS",
        "NAMESMITH_BACKEND",
        "NAMESMITH_DEFAULT_MODEL",
        "NAMESMITH_DEVICE",
        "NAMESMITH_DRAIN_DELAY_SECONDS",
        "NAMESMITH_EXCLUDES_FILE",
        "NAMESMITH_GRACE_SECONDS",
        "NAMESMITH_KEY_SECRET",
        "NAMESMITH_LOAD_TIMEOUT",
        "NAMESMITH_LOG_LEVEL",
        "NAMESMITH_MAX_CALLER_NAMES",
        "NAMESMITH_MAX_CALLER_RATE",
        "NAMESMITH_MAX_CONNECTION_AGE",
        "NAMESMITH_MAX_NAMES",
        "NAMESMITH_MAX_SYMBOLS",
        "NAMESMITH_MEMORY_LIMIT",
        "NAMESMITH_METRICS_ADDRESS",
        "NAMESMITH_MODELS",
        "NAMESMITH_OIP",
        "NAMESMITH_ONLY",
        "NAMESMITH_OTLP_ENDPOINT",
        "NAMESMITH_REFLECTION",
        "NAMESMITH_STRICT",
        "NAMESMITH_THREADS",
        "NAMESMITH_TLS_CERTIFICATE",
        "NAMESMITH_TLS_CLIENT_CA",
        "NAMESMITH_TLS_KEY",
        "NAMESMITH_TOKENS_FILE",
        "NAMESMITH_TRUSTED_KEYS",
        "NAMESMITH_VERSIONS",
        "NAMESMITH_WATCH",
        "NAMESMITH_WORKERS",
    }
)
"""Variables that the server reads."""

OF_CLIENT = frozenset(
    {
        "NAMESMITH_ADDRESS",
        "NAMESMITH_ADMIN_ADDRESS",
        "NAMESMITH_CLIENT_CERTIFICATE",
        "NAMESMITH_OFFLINE",
        "NAMESMITH_CLIENT_KEY",
        "NAMESMITH_TIMEOUT",
        "NAMESMITH_TLS",
        "NAMESMITH_TLS_ROOTS",
        "NAMESMITH_TLS_SERVER_NAME",
        "NAMESMITH_TOKEN",
        "NAMESMITH_TOKEN_FILE",
    }
)
"""Variables that the client's command line reads."""

OF_WEB = frozenset({"NAMESMITH_SERVER", "NAMESMITH_TLS_ROOTS", "NAMESMITH_WEB_ADDRESS"})
"""Variables that the front over HTTP reads."""

SERVICE_LINK = re.compile(
    r"NAMESMITH_(\w+_)?(SERVICE_HOST|SERVICE_PORT(_\w+)?|PORT(_\d+_(TCP|UDP|SCTP)(_\w+)?)?)"
)
"""Variables that Kubernetes sets in every pod, for services named namesmith or namesmith-*."""


def unknown_variables(names: Iterable[str]) -> Iterator[tuple[str, str]]:
    """Iterate over the names of variables that no program reads, and that Kubernetes does not set.

    Args:
        names: names of the variables in the environment, of any project.

    Yields:
        Name of a variable, and the nearest name that a program reads; empty: none is near.
    """
    known = OF_SERVER | OF_CLIENT | OF_WEB
    for name in sorted(names):
        upper = name.upper()
        if upper.startswith(PREFIX) and upper not in known and not SERVICE_LINK.fullmatch(upper):
            yield name, _nearest(upper.removeprefix(PREFIX), known)


def _nearest(word: str, known: Iterable[str]) -> str:
    """Return the known variable that a word begins or resembles; empty: none."""
    from difflib import get_close_matches  # noqa: PLC0415 - where a name is unknown

    words = sorted((one.removeprefix(PREFIX) for one in known), key=len)
    begun = [one for one in words if word and one.startswith(word)]
    nearest = begun or get_close_matches(word, words, 1, 0.7)
    return PREFIX + nearest[0] if nearest else ""
