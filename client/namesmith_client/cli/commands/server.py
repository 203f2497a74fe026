"""The command that describes a server."""

from dataclasses import asdict

from namesmith_client.cli.connection import connected, connection_options
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.report import Format, Report, format_options


@namesmith.command("server")
@format_options
@connection_options
def server(*, form: Format | None) -> None:
    """Print the server's version, its bounds and the SHA-256 of its excluded texts."""
    with connected() as client:
        data = asdict(client.server())
    Report(data=data, columns=tuple(data), rows=[tuple(data.values())]).show(form)
