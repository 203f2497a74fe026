"""The documentation of the client repeats the constants of both sides."""

from pathlib import Path

import click
import pytest

import namesmith_client
from bounds import faults, lacking
from namesmith import limits
from namesmith_client import AdminClient, AsyncClient, Client
from namesmith_client._address import DEFAULT_PORT
from namesmith_client._admin_client import ADMIN_PORT, ADMIN_TIMEOUT
from namesmith_client._name_batches import MAX_NAMES
from namesmith_client._retry import MAX_ATTEMPTS, MAX_BACKOFF, Retry
from namesmith_client._target import DEFAULT_TIMEOUT, MAX_TIMEOUT
from namesmith_client._token import MAX_TOKEN
from namesmith_client.cli.main import namesmith
from namesmith_client.cli.report import MAX_TABLE_ROWS

DOCUMENT = Path(__file__).parents[2] / "docs" / "client.md"

RETRY = Retry()
TRIES = RETRY.attempts
BACKOFF = sum(
    min(RETRY.first_backoff * RETRY.multiplier**i, RETRY.most_backoff) for i in range(TRIES - 1)
)
"""Largest number of seconds that a call waits between all its tries."""

CONNECTION = (
    f"up to {TRIES} times within about {BACKOFF:g} seconds",
    f"and up to {TRIES} times after the delays",
    f"the port {DEFAULT_PORT}.",
    f"in (0, {MAX_TIMEOUT}]",
)

ADMIN_CONNECTION = (f"in (0, {MAX_TIMEOUT}]", f"the port {ADMIN_PORT}.")

SAMPLING = (f"in [0, {limits.MAX_TEMPERATURE}]",)

CONSTRAINT = (
    f"in [0, max_length]; None: {limits.DEFAULT_MIN_LENGTH}.",
    f"in [1, {limits.MAX_LENGTH}]; None: {limits.DEFAULT_MAX_LENGTH}.",
    f"at most {limits.MAX_PATTERN_CHARACTERS} characters",
    f"never returned, at most {limits.MAX_FORBIDDEN_NAMES}.",
    f"nowhere in a name, at most {limits.MAX_EXCLUDED_TEXTS} of",
    f"1 to {limits.MAX_EXCLUDED_TEXT_CHARACTERS} characters each",
    f"in [0, {limits.MAX_MIN_DISTANCE}]; 0: any; 1: as novel",
    f"each name begins, at most {limits.MAX_ALTERNATIVES} of at most",
    f"each name ends, at most {limits.MAX_ALTERNATIVES} of at most",
)

SETTINGS = (*SAMPLING, *CONSTRAINT)

UNIQUE = (
    f"{limits.MIN_SECRET_BYTES} to {limits.MAX_SECRET_BYTES} bytes",
    f"at most {limits.MAX_SECRET_NAME_CHARACTERS} characters",
    f"at most 2^40; 0: {limits.DEFAULT_CAPACITY}",
    f"names of {limits.DEFAULT_MIN_LENGTH} to {limits.DEFAULT_MAX_LENGTH} characters",
)

BOUNDS: dict[str, tuple[str, ...]] = {
    "Client": CONNECTION,
    "AsyncClient": CONNECTION,
    "AdminClient": ADMIN_CONNECTION,
    "AsyncAdminClient": ADMIN_CONNECTION,
    "Retry": (
        f"in [2, {MAX_ATTEMPTS}]",
        f"in (0, {MAX_BACKOFF:g}]",
        f"in [first_backoff, {MAX_BACKOFF:g}]",
        "in [1, 10]",
    ),
    "Sampling": SAMPLING,
    "Constraint": CONSTRAINT,
    "with_options": (f"in (0, {MAX_TIMEOUT}]",),
    "Token": (f"1 to {MAX_TOKEN} visible",),
    "Measure": (f"up to {limits.MAX_COUNTED_NAMES};",),
    "Estimate": ("in 95 % of questions",),
    "Description": (f"the lengths 0 to {limits.MAX_LENGTH};",),
    "generate": (f"in [1, {limits.MAX_GENERATED_NAMES}]", *SETTINGS),
    "stream": (
        f"in [1, {limits.MAX_STREAMED_NAMES}]",
        f"distinct names at most {limits.MAX_DISTINCT_NAMES}",
        *SETTINGS,
    ),
    "score": (
        f"1 to {limits.MAX_SCORED_NAMES} names",
        f"of 0 to {limits.MAX_TEXT_CHARACTERS} characters",
    ),
    "evaluate_names": (
        f"up to {MAX_NAMES} names",
        f"of 0 to {limits.MAX_TEXT_CHARACTERS} characters",
    ),
    "NamedKeys": ("in [1, 2^62]",),
    "name_keys": (
        f"1 to {limits.MAX_NAMED_KEYS} keys of up to {limits.MAX_KEY_BYTES} bytes",
        "its UTF-8",
        f"{limits.MIN_SECRET_BYTES} to {limits.MAX_SECRET_BYTES} bytes",
        f"at most {limits.MAX_SECRET_NAME_CHARACTERS} characters",
        *SETTINGS,
    ),
    "NamedNumbers": ("at most 2^62",),
    "name_numbers": (f"1 to {limits.MAX_NAMED_KEYS} numbers", *UNIQUE),
    "numbers_of_names": (
        f"1 to {limits.MAX_NAMED_KEYS} names",
        f"at most {limits.MAX_TEXT_CHARACTERS} characters",
        *UNIQUE,
    ),
    "models": (
        f"up to {limits.MAX_DATA_LABELS}, of up to {limits.MAX_DATA_LABEL_CHARACTERS} characters",
        f"up to {limits.MAX_LICENCE_CHARACTERS} characters",
    ),
    "measure": (f"in [-{limits.MAX_FLOOR_NATS}, 0]", *SETTINGS),
    "top": (f"in [1, {limits.MAX_TOP_NAMES}]", *SETTINGS),
    "set_label": (f"1 to {limits.MAX_LABEL_CHARACTERS} characters", "a-z, 0-9"),
}
"""The numbers of each docstring, in words that are written from the constants.

A docstring that is not listed holds no number above 1.
"""

ADMIN_OPERATIONS = [name for name in dir(AdminClient) if not name.startswith("_")]

DOCSTRINGS = {
    **{name: getattr(namesmith_client, name).__doc__ for name in namesmith_client.__all__},
    **{name: getattr(Client, name).__doc__ for name in dir(Client) if not name.startswith("_")},
    **{name: getattr(AdminClient, name).__doc__ for name in ADMIN_OPERATIONS},
}

HELP_OF_CONNECTION = ("localhost:50051", f"call may take; {DEFAULT_TIMEOUT:g} unless given")

HELP_OF_SETTINGS = (
    f"In [0, {limits.MAX_TEMPERATURE}]",
    f"of up to {limits.MAX_PATTERN_CHARACTERS} characters",
    f"up to {limits.MAX_FORBIDDEN_NAMES} times",
    f"up to {limits.MAX_EXCLUDED_TEXTS} times",
    f"up to {limits.MAX_ALTERNATIVES} times",
    f"training split, up to {limits.MAX_MIN_DISTANCE}.",
    f"up to {limits.MAX_LENGTH}; {limits.DEFAULT_MAX_LENGTH} unless given",
    f"Fewest characters; {limits.DEFAULT_MIN_LENGTH} unless given",
)

HELP_OF_UNIQUE = (
    f"{limits.MIN_SECRET_BYTES} to {limits.MAX_SECRET_BYTES} bytes",
    f"[default: {limits.DEFAULT_CAPACITY}; 1<=x<={limits.MAX_CAPACITY}]",
    *HELP_OF_SETTINGS[1:],
)

HELP: dict[str, tuple[str, ...]] = {
    "generate": (
        f"up to {limits.MAX_STREAMED_NAMES}; 10 unless given.",
        f"[0<=x<={2**64 - 1}]",
        f"of up to {limits.MAX_DISTINCT_NAMES}.",
        *HELP_OF_SETTINGS,
    ),
    "admin": ("localhost:50052", f"call may take; {ADMIN_TIMEOUT:g} unless given"),
    "score": (f"up to {limits.MAX_SCORED_NAMES}, one a line",),
    "pseudonymise": (
        f"{limits.MIN_SECRET_BYTES} to {limits.MAX_SECRET_BYTES} bytes",
        *HELP_OF_SETTINGS,
    ),
    "name-numbers": HELP_OF_UNIQUE,
    "numbers-of-names": HELP_OF_UNIQUE,
    "models": (f"up to {limits.MAX_DATA_LABELS} times",),
    "top": (f"up to {limits.MAX_TOP_NAMES}. [default: 10]", *HELP_OF_SETTINGS),
    "measure": (
        f"in [-{limits.MAX_FLOOR_NATS}, 0]",
        "in 95 % of questions",
        *HELP_OF_SETTINGS,
    ),
}

DOCUMENTED = (
    f"at most {limits.MAX_STREAMED_NAMES} names",
    f"up to {MAX_NAMES} names",
    f"{DEFAULT_TIMEOUT:g} seconds unless",
    f"up to {TRIES} times within about {BACKOFF:g} seconds",
    f"up to {MAX_TABLE_ROWS} rows",
    f"more than {limits.MAX_GENERATED_NAMES} names",
)
"""Bounds in ``docs/client.md``."""


@pytest.mark.parametrize("name", DOCSTRINGS)
def test_a_docstring_repeats_the_constants(name: str) -> None:
    """The docstring holds each bound with its constant's value, and no other number."""
    assert faults(DOCSTRINGS[name] or "", BOUNDS.get(name, ())) == []


def test_both_clients_have_the_same_documentation() -> None:
    """The docstrings that are compared with the constants are the same in both clients."""
    operations = [name for name in BOUNDS if name in dir(Client)]
    assert "generate" in operations
    for name in operations:
        assert getattr(AsyncClient, name).__doc__ == getattr(Client, name).__doc__


@pytest.mark.parametrize("name", namesmith.commands)
def test_the_help_of_a_command_repeats_the_constants(name: str) -> None:
    """The help holds each bound with its constant's value, and no other number."""
    command = namesmith.commands[name]
    text = command.get_help(click.Context(command, info_name=name, max_content_width=1_000))
    connection = () if name == "admin" else HELP_OF_CONNECTION
    assert faults(text, (*HELP.get(name, ()), *connection)) == []


def test_the_document_repeats_the_constants() -> None:
    """Each bound stands in ``docs/client.md`` with its constant's value."""
    assert lacking(DOCUMENT.read_text("utf-8"), DOCUMENTED) == []
