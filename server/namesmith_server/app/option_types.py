"""Kinds of options: each refuses a wrong value in words that name the option, value and bound."""

import os
import re
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import click

from namesmith.files import fault_of_kind
from namesmith.limits import MAX_SECRET_NAME_CHARACTERS

FAULTS = "namesmith_server.faults"
"""Key in the ``meta`` of a click context under which the messages about wrong option values stand,
one for each option."""

UNITS = {"": 0, "Ki": 10, "Mi": 20, "Gi": 30, "Ti": 40}
"""Binary logarithm of each unit of a size, in the words of Kubernetes."""

SECRET_NAME = re.compile(
    rf"[A-Za-z0-9][A-Za-z0-9._@/-]{{0,{MAX_SECRET_NAME_CHARACTERS - 1}}}", re.ASCII
)
"""A name that an operator gives to a file."""

SIZE = re.compile(r"(?P<number>[0-9]{1,18})(?P<unit>|Ki|Mi|Gi|Ti)")
"""A size in bytes, such as 512Mi."""


class SettingOption(click.Option):
    """An option that notes its wrong value, so that all wrong values are reported at once."""

    def resolve_envvar_value(self, ctx: click.Context) -> str | None:
        """Return the variable's value, whatever the case of its name; an empty one is unset."""
        wanted = f"{ctx.auto_envvar_prefix}_{self.name}".upper()
        named = (text for name, text in os.environ.items() if name.upper() == wanted and text)
        return os.environ.get(wanted) or next(named, None)

    def process_value(self, ctx: click.Context, value: Any) -> Any:  # noqa: ANN401 - click's
        """Return the converted value; add a message under ``FAULTS`` and return None if wrong."""
        try:
            return super().process_value(ctx, value)
        except click.BadParameter as error:
            fault = f"{self.opts[0]}: {error.message} (given {value!r})"
            ctx.meta.setdefault(FAULTS, []).append(fault)
            return None


class Number(click.ParamType[int | float]):
    """A number between two bounds, each included; not-a-number is refused."""

    def __init__(self, kind: type[int] | type[float], least: int, most: int) -> None:
        self.name = "integer" if kind is int else "number"
        self._kind, self._least, self._most = kind, least, most

    def convert(
        self, value: str | float, param: click.Parameter | None, ctx: click.Context | None
    ) -> int | float:
        """Return the number that the text spells; refuse other texts and numbers out of bounds."""
        try:
            number = self._kind(value)
        except ValueError:
            article = "an integer" if self._kind is int else "a number"
            self.fail(
                f"Input should be a valid {self.name}, unable to parse string as {article}",
                param,
                ctx,
            )
        if not number <= self._most:
            self.fail(f"Input should be less than or equal to {self._most}", param, ctx)
        if not number >= self._least:
            self.fail(f"Input should be greater than or equal to {self._least}", param, ctx)
        return number


class Size(click.ParamType[int]):
    """A number of bytes between two bounds, each included: a number, or one with Ki, Mi or Gi."""

    name = "size"

    def __init__(self, least: int, most: int) -> None:
        self._least, self._most = least, most

    def convert(
        self, value: str | int, param: click.Parameter | None, ctx: click.Context | None
    ) -> int:
        """Return the number of bytes that the text spells; refuse sizes out of bounds."""
        if isinstance(value, int):  # the default
            return value
        match = SIZE.fullmatch(value)
        if match is None:
            self.fail("Input should be a size such as 512Mi or 2Gi", param, ctx)
        size = int(match["number"]) << UNITS[match["unit"]]
        if not self._least <= size <= self._most:
            bounds = f"[{self._least >> 20}Mi, {self._most >> 20}Mi]"
            self.fail(f"Input should be in {bounds}", param, ctx)
        return size


class Word(click.Choice[str]):
    """One of several words, in upper or lower case."""

    def __init__(self, words: Sequence[str]) -> None:
        super().__init__(words, case_sensitive=False)

    def get_invalid_choice_message(self, value: Any, ctx: click.Context | None) -> str:  # noqa: ANN401, ARG002 - click's
        """Return the message about a word that is not one of the choices."""
        *others, last = (repr(choice) for choice in self.choices)
        return f"Input should be {', '.join(others)} or {last}"


class Switch(click.types.BoolParamType):
    """Yes or no, in the words that click knows."""

    def convert(
        self,
        value: str | bool,  # noqa: FBT001 - click's
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> bool:
        """Return the truth value of the word; refuse any other text."""
        if value == "" or self.str_to_bool(value) is None:
            self.fail("Input should be a valid boolean, unable to interpret input", param, ctx)
        return super().convert(value, param, ctx)


class FilePath(click.Path):
    """A path; the empty path would be the folder that the server runs in, and is refused."""

    def __init__(self, *, is_plain: bool = False) -> None:
        """Set whether a folder, or a FIFO that the server would wait for, is refused."""
        super().__init__(path_type=Path)
        self._is_plain = is_plain

    def convert(
        self,
        value: str | os.PathLike[str],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> Any:  # noqa: ANN401 - click's
        """Return the path of the text."""
        if value == "":
            self.fail("is empty, a path is needed", param, ctx)
        path = super().convert(value, param, ctx)
        if self._is_plain:
            with suppress(OSError):  # a file that is missing is told where it is read
                fault = fault_of_kind(os.stat(path).st_mode)  # noqa: PTH116 - of click's type
                if fault:
                    self.fail(f"{fault}, a plain file is needed", param, ctx)
        return path


class NamedFile(click.ParamType[tuple[str, Path]]):
    """A plain file with a name before it, NAME=FILE; several in a variable have commas between."""

    name = "named file"
    envvar_list_splitter = ","

    def convert(
        self,
        value: str | tuple[str, Path],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, Path]:
        """Return the name and the path of the text."""
        if isinstance(value, tuple):  # a default
            return value
        name, mark, path = value.partition("=")
        if not mark:
            self.fail("Input should be NAME=FILE", param, ctx)
        if not SECRET_NAME.fullmatch(name):
            told = f"the name is not 1 to {MAX_SECRET_NAME_CHARACTERS} letters, digits and ._@/-"
            self.fail(told, param, ctx)
        return name, FilePath(is_plain=True).convert(path, param, ctx)


class NameList(click.ParamType[tuple[str, ...]]):
    """Names between commas."""

    name = "names"

    def convert(
        self,
        value: str | tuple[str, ...],
        param: click.Parameter | None,  # noqa: ARG002 - click's
        ctx: click.Context | None,  # noqa: ARG002 - click's
    ) -> tuple[str, ...]:
        """Return the names of the text, or the tuple of names that a default is."""
        names = value.split(",") if isinstance(value, str) else value
        return tuple(filter(None, names))


def faults(context: click.Context) -> Sequence[str]:
    """Return the messages about all wrong values, in the order of the options."""
    noted: list[str] = context.meta.get(FAULTS, [])
    return noted
