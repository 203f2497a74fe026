"""The variables of the programs: each that is read is known, others are told."""

import pytest

from namesmith.variables import OF_CLIENT, OF_SERVER, unknown_variables
from namesmith_client.cli.main import namesmith
from namesmith_server.app.cli import options


def test_the_variables_of_every_option_are_known() -> None:
    """The lists hold the variables that the two programs read."""
    of_server = {f"NAMESMITH_{str(one.name).upper()}" for one in options.params}
    assert of_server - {"NAMESMITH_VERSION"} == OF_SERVER
    commands = (namesmith, *namesmith.commands.values())
    read = {str(one.envvar) for command in commands for one in command.params if one.envvar}
    assert read <= OF_CLIENT


@pytest.mark.parametrize(
    ("name", "nearest"),
    [
        ("NAMESMITH_ADRESS", "NAMESMITH_ADDRESS"),
        ("namesmith_worker", "NAMESMITH_WORKERS"),
        ("NAMESMITH_GRACE_SECOND", "NAMESMITH_GRACE_SECONDS"),
        ("NAMESMITH_TLS_CERT", "NAMESMITH_TLS_CERTIFICATE"),
        ("NAMESMITH_QUITE_ANOTHER_THING", ""),
        ("NAMESMITH_", ""),
    ],
)
def test_an_unknown_variable_is_told_with_the_nearest(name: str, nearest: str) -> None:
    """A name that is near is suggested, and none where none is."""
    assert list(unknown_variables([name, "PATH"])) == [(name, nearest)]


def test_the_variables_of_kubernetes_are_passed_over() -> None:
    """Service links of services named namesmith and namesmith-headless are not told."""
    links = (
        "SERVICE_HOST SERVICE_PORT SERVICE_PORT_GRPC PORT PORT_50051_TCP PORT_50051_TCP_PROTO"
        " PORT_50051_TCP_PORT PORT_50051_TCP_ADDR"
    )
    for link in links.split():
        for service in ("NAMESMITH_", "NAMESMITH_HEADLESS_"):
            assert not list(unknown_variables([service + link]))
    assert not list(unknown_variables([*OF_SERVER, *OF_CLIENT, "namesmith_tls_roots"]))
