"""Print the requirements of the server with extras of the root's project: requirements.py EXTRAS.

Extras are separated by commas, such as "server,torch". The client stands in the same checkout; its
requirements are printed in place of its name.
"""

import re
import sys
import tomllib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any


def project(file: str) -> Any:  # noqa: ANN401 - a table of TOML
    """Return the table of a project."""
    return tomllib.loads(Path(file).read_text(encoding="utf-8"))["project"]


def requirements_of(extras: Iterable[str]) -> Iterator[str]:
    """Yield the requirements of extras of the server; an extra may name others of its own."""
    for extra in extras:
        for requirement in server["optional-dependencies"][extra]:
            inner = re.fullmatch(r"namesmith\[(.*)\]", requirement)
            yield from requirements_of(inner[1].split(",")) if inner else [requirement]


client, server = project("client/pyproject.toml"), project("pyproject.toml")
print(*client["dependencies"], *client["optional-dependencies"]["cli"], sep="\n")
print(*requirements_of(filter(None, sys.argv[1].split(","))), sep="\n")
