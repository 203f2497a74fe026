"""The guard of the edge: it names the caller of each call, or refuses the call."""

import logging
from collections.abc import Callable, Sequence
from pathlib import Path

from namesmith_server.app.file_watch import FileWatch
from namesmith_server.app.good_files import Contents, WorkerSettings
from namesmith_server.app.observability import events
from namesmith_server.app.security.callers import caller_of_address, caller_of_certificate
from namesmith_server.app.security.rates import CallerRates
from namesmith_server.app.security.tokens import Tokens, read_tokens
from namesmith_server.app.settings import Settings
from namesmith_server.grpc import (
    CallRecord,
    Context,
    Guard,
    UnauthenticatedError,
    admit_all,
    metadata_of,
)

AUTHORIZATION = "authorization"
"""Key of the metadata that holds a token."""

NOUNS = "tokens"
"""Noun of the file's content in the log."""

log = logging.getLogger(__name__)

Identify = Callable[[Context], str]
"""A function that returns the name of a caller, or raises UnauthenticatedError."""


def open_guard(settings: Settings) -> Guard:
    """Return the guard that the settings ask for.

    A caller is the name of its token; without tokens the subject of its certificate; without
    certificates, where callers have bounds, its address; otherwise unknown.

    Raises:
        TokensError: the file of the tokens cannot be used.
    """
    identify = _identification(settings)
    if identify is None:
        return admit_all
    rates = CallerRates(settings.max_caller_rate) if settings.max_caller_rate else None

    def guard(record: CallRecord, context: Context) -> str:
        record.caller = identify(context)
        if rates is not None:
            rates.count(record.caller)
        return record.caller

    return guard


def _identification(settings: Settings) -> Identify | None:
    """Return how callers are told apart; None: not at all."""
    if settings.tokens_file is not None:
        good = settings.good_tokens if isinstance(settings, WorkerSettings) else None
        return TokenCheck(settings.tokens_file, good)
    if settings.tls_client_ca is not None:
        return caller_of_certificate
    if settings.max_caller_rate or settings.max_caller_names:
        return caller_of_address
    return None


class TokenCheck:
    """The check of a call's token against a file, which is read again when it changes."""

    def __init__(self, path: Path, good: Contents | None = None) -> None:
        """Read the file; ``good`` is its last good content, for a file that has a fault.

        Raises:
            TokensError: the file cannot be used.
        """
        self._path = path
        self._tokens: Tokens
        self._watch = FileWatch([path], self._load, NOUNS, good)
        self._watch.on_reload = events.count_token_reload
        self._watch.start()

    def __call__(self, context: Context) -> str:
        """Return the name of the caller.

        Raises:
            UnauthenticatedError: the call has no token, several, or one that is not known.
        """
        metadata = metadata_of(context)
        shown = [value for key, value in metadata if key == AUTHORIZATION]
        caller = self._tokens.caller(str(shown[0])) if len(shown) == 1 else ""
        if not caller:
            raise UnauthenticatedError
        return caller

    def _load(self, files: Sequence[Path]) -> None:
        self._tokens = _read(files)
        if not len(self._tokens):
            log.warning("no tokens", extra={"file": str(self._path)})


def watch_tokens(settings: Settings) -> FileWatch | None:
    """Return a silent watch of the file of the tokens; None where callers need no token.

    Raises:
        TokensError: the file cannot be used.
    """
    if settings.tokens_file is None:
        return None
    return FileWatch([settings.tokens_file], _read, NOUNS, is_quiet=True)


def _read(files: Sequence[Path]) -> Tokens:
    (file,) = files
    return read_tokens(file)
