"""The options that several commands take."""

from dataclasses import fields

import pytest

from namesmith_client import Constraint, Sampling
from namesmith_client.cli.main import namesmith

OTHERWISE = {
    "excludes": "--exclude",
    "starts_with_any": "--starts-with",
    "ends_with_any": "--ends-with",
}
"""Options that are given once for each text, and are named after one."""


@pytest.mark.parametrize("command", ["generate", "pseudonymise", "top", "measure"])
def test_every_shared_argument_of_the_library_is_an_option(command: str) -> None:
    """A setting of sampling or a kind of constraint cannot be forgotten on the command line."""
    options = {f"{option.name}": option for option in namesmith.commands[command].params}
    names = [field.name for kind in (Sampling, Constraint) for field in fields(kind)]
    assert options.keys() >= set(names)
    for name in names:
        assert OTHERWISE.get(name, f"--{name.replace('_', '-')}") in options[name].opts
