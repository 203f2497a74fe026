"""Reads the settings: from the command line, or the environment as ``NAMESMITH_*``."""

import os
import pickle
import sys
from dataclasses import fields
from typing import Annotated, get_type_hints

from namesmith_server.app.settings import Settings


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
        with os.fdopen(writer, "wb") as pipe:
            pickle.dump(_parse(), pipe)
        status = 0
    except SystemExit as ending:
        status = int(ending.code or 0)
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
    options = {
        one.name: (hints[one.name], Field(default=one.default, description=one.metadata["help"]))
        for one in fields(Settings)
    }
    model = create_model(
        "Settings", __base__=Base, __doc__=str(Settings.__doc__).splitlines()[0], **options
    )  # type: ignore[call-overload]
    try:
        return Settings(**dict(CliApp.run(model)))
    except ValidationError as error:
        for fault in error.errors():
            option = "-".join(str(part) for part in fault["loc"]).replace("_", "-")
            given = repr(fault["input"])
            sys.stderr.write(f"namesmith-server: --{option}: {fault['msg']} (given {given})\n")
    except ValueError as error:  # of several options together
        sys.stderr.write(f"namesmith-server: {error}\n")
    sys.exit(2)


def _listed(given: object) -> object:
    return tuple(filter(None, given.split(","))) if isinstance(given, str) else given
