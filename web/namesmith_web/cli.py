"""The options of ``namesmith-web``."""

from pathlib import Path
from urllib.parse import urlsplit

import click

from namesmith.limits import MAX_MESSAGE_BYTES
from namesmith.quoting import quoted
from namesmith_web.settings import DEFAULT_SERVER, Settings


class HostAndPort(click.ParamType[tuple[str, int]]):
    """HOST:PORT, an IPv6 host in brackets; the value is host and port."""

    name = "HOST:PORT"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> tuple[str, int]:
        """Return host and port."""
        host, colon, port = str(value).rpartition(":")
        host = host.removeprefix("[").removesuffix("]")
        if not (colon and host and port.isdecimal() and port.isascii() and int(port) < 65_536):
            self.fail(f"{quoted(str(value))} is not HOST:PORT, such as 127.0.0.1:8080", param, ctx)
        return host, int(port)


class Origin(click.ParamType[str]):
    """Scheme, host and port of a page, as browsers write them."""

    name = "ORIGIN"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> str:
        """Return the origin."""
        text = str(value)
        try:
            parts = urlsplit(text)
        except ValueError:
            parts = urlsplit("")
        whole = f"{parts.scheme}://{parts.netloc}"
        if parts.scheme not in {"http", "https"} or whole != text or not text.isascii():
            self.fail(f"{quoted(text)} is no origin, such as https://a.example", param, ctx)
        return text


@click.command(
    context_settings={"help_option_names": ["-h", "--help"], "show_default": True},
    epilog="The page is at http://ADDRESS/, the services at http://ADDRESS/namesmith.v1.NameService/.",
)
@click.option(
    "--address",
    type=HostAndPort(),
    default="127.0.0.1:8080",
    envvar="NAMESMITH_WEB_ADDRESS",
    show_envvar=True,
    help="Where to listen; port 0: any free one.",
)
@click.option(
    "--server",
    metavar="HOST:PORT",
    default=DEFAULT_SERVER,
    envvar="NAMESMITH_SERVER",
    show_envvar=True,
    help="The gRPC server that answers.",
)
@click.option(
    "--with-server", is_flag=True, help="Start a gRPC server beside, with the embedded models."
)
@click.option(
    "--tls",
    is_flag=True,
    envvar="NAMESMITH_TLS",
    show_envvar=True,
    help="Call the gRPC server by TLS, and check its certificate.",
)
@click.option(
    "--tls-roots",
    type=click.Path(exists=True, dir_okay=False, path_type=Path),
    envvar="NAMESMITH_TLS_ROOTS",
    show_envvar=True,
    help="PEM certificates of the authorities to trust; implies --tls.",
)
@click.option(
    "--send-tokens-unencrypted",
    "sends_tokens_unencrypted",
    is_flag=True,
    help="Hand tokens on to a gRPC server on another machine without TLS; refused otherwise.",
)
@click.option(
    "--cors-origin",
    "origins",
    type=Origin(),
    multiple=True,
    help="An origin whose pages may call, such as https://a.example; may be given again.",
)
@click.option(
    "--rate",
    type=click.FloatRange(0),
    default=50.0,
    help="Calls a second of one address; 0: any number.",
)
@click.option(
    "--max-calls",
    type=click.IntRange(1),
    default=64,
    help="Calls in flight; further ones are refused.",
)
@click.option(
    "--max-calls-per-address",
    type=click.IntRange(1),
    show_default="a quarter of --max-calls",
    help="Calls in flight of one address.",
)
@click.option(
    "--max-connections-per-address",
    type=click.IntRange(1),
    default=250,
    help="Connections of one address; further ones are closed.",
)
@click.option(
    "--max-request-bytes",
    type=click.IntRange(1, MAX_MESSAGE_BYTES),
    default=1024 * 1024,
    help="Size of the largest request, decompressed.",
)
@click.option(
    "--timeout",
    type=click.FloatRange(0, 3_600, min_open=True),
    default=30.0,
    help="Seconds that a call may take.",
)
@click.option(
    "--grace",
    type=click.FloatRange(1, 600),
    default=10.0,
    help="Seconds for calls in flight to end after SIGTERM.",
)
@click.option(
    "--open", "opens_browser", is_flag=True, help="Open the page in a browser, where there is one."
)
@click.version_option(package_name="namesmith", prog_name="namesmith-web")
def read_settings(address: tuple[str, int], **options: object) -> Settings:
    """Serve namesmith over HTTP: a page, and Connect, gRPC-Web and JSON for every method."""
    origins = frozenset(options.pop("origins"))  # type: ignore[call-overload]
    return Settings(*address, origins=origins, **options)  # type: ignore[arg-type]
