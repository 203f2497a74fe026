"""Reads the settings: from the command line, or the environment as ``NAMESMITH_*``."""

import os
import pickle
import re
import sys
from argparse import ArgumentParser
from dataclasses import fields
from importlib.metadata import version
from typing import Annotated, get_type_hints

from namesmith_server.app.extras import installed
from namesmith_server.app.settings import Settings

FILES = ("models", "tls_certificate", "tls_key")
"""Settings that are paths."""

EMPTY = re.compile(r" \(default: (None|\(\))?\)")
"""What ``--help`` would say of a default that is nothing."""


def read() -> Settings:
    """The settings, read in a process of its own: pydantic's 14 MB go when that ends.

    Exits as that process does: with 2 on wrong options, with 0 after ``--help``. Must be called
    before there are threads, for it forks.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        _write(writer)
    os.close(writer)
    with os.fdopen(reader, "rb") as pipe:
        raw = pipe.read()
    status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
    if status or not raw:
        sys.exit(status)
    settings: Settings = pickle.loads(raw)  # noqa: S301 - our own process wrote it
    return settings


def _write(writer: int) -> None:
    """Reads and writes the settings, and ends the process."""
    status = 1
    try:
        with installed(), os.fdopen(writer, "wb") as pipe:
            pickle.dump(_parse(), pipe)
        status = 0
    except SystemExit as ending:
        if isinstance(ending.code, str):
            sys.stderr.write(f"{ending.code}\n")
        status = ending.code if isinstance(ending.code, int) else int(bool(ending.code))
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(status)


def _parse() -> Settings:
    """By pydantic-settings, which learns the options from the fields of ``Settings``."""
    from pydantic import BeforeValidator, Field, ValidationError, create_model  # noqa: PLC0415
    from pydantic_settings import (  # noqa: PLC0415 - in the process that ends
        BaseSettings,
        CliApp,
        CliSettingsSource,
        NoDecode,
        SettingsConfigDict,
    )

    class Base(BaseSettings):
        model_config = SettingsConfigDict(
            env_prefix="NAMESMITH_",
            cli_prog_name="namesmith-server",
            cli_kebab_case=True,
            cli_implicit_flags=True,
            cli_avoid_json=True,
            cli_hide_none_type=True,
            extra="ignore",
        )

    hints = get_type_hints(Settings, include_extras=True)
    hints["only"] = Annotated[tuple[str, ...], NoDecode, BeforeValidator(_listed)]
    for name in FILES:
        hints[name] = Annotated[hints[name], BeforeValidator(_named)]
    options = {
        one.name: (hints[one.name], Field(default=one.default, description=one.metadata["help"]))
        for one in fields(Settings)
    }
    model = create_model(
        "Settings", __base__=Base, __doc__=str(Settings.__doc__).splitlines()[0], **options
    )  # type: ignore[call-overload]
    try:
        source: CliSettingsSource[ArgumentParser] = CliSettingsSource(model)
        _worded(source.root_parser)
        return Settings(**dict(CliApp.run(model, cli_settings_source=source)))
    except ValidationError as error:
        for fault in error.errors():
            option = "-".join(str(part) for part in fault["loc"]).replace("_", "-")
            why, given = fault["msg"].removeprefix("Value error, "), repr(fault["input"])
            sys.stderr.write(f"namesmith-server: --{option}: {why} (given {given})\n")
    except ValueError as error:  # of several options together
        sys.stderr.write(f"namesmith-server: {error}\n")
    sys.exit(2)


def _worded(parser: ArgumentParser) -> None:
    """Adds --version, puts words in the place of Python's types, leaves out empty defaults."""
    told = f"namesmith-server, version {version('namesmith')}"
    parser.add_argument(
        "--version", action="version", version=told, help="show the version and exit"
    )
    words = {one.name: one.metadata["word"] for one in fields(Settings)}
    for option in parser._actions:  # noqa: SLF001 - argparse tells them nowhere else
        option.metavar = words.get(option.dest) or option.metavar
        option.help = EMPTY.sub("", option.help or "")


def _listed(given: object) -> object:
    return tuple(filter(None, given.split(","))) if isinstance(given, str) else given


def _named(given: object) -> object:
    """A path that is given; the empty one would be the folder that the server runs in."""
    if given == "":
        raise ValueError("is empty, a path is needed")
    return given
