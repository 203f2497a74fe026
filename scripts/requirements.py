"""Print the requirements of the server with extras of the root's project: requirements.py EXTRAS.

Extras are separated by commas, such as "server,torch". The client stands in the same checkout; its
requirements are printed in place of its name.
"""

import sys
import tomllib
from pathlib import Path
from typing import Any


def project(file: str) -> Any:  # noqa: ANN401 - a table of TOML
    """Return the table of a project."""
    return tomllib.loads(Path(file).read_text(encoding="utf-8"))["project"]


client, server = project("client/pyproject.toml"), project("pyproject.toml")
print(*client["dependencies"], *client["optional-dependencies"]["cli"], sep="\n")
for extra in filter(None, sys.argv[1].split(",")):
    print(*server["optional-dependencies"][extra], sep="\n")
