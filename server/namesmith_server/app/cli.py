"""The options of ``namesmith-server``, and the ``NAMESMITH_*`` variable of each."""

import sys
from collections.abc import Callable, Sequence
from typing import Any, NoReturn, TypeVar, get_args

import click

from namesmith_server import backends
from namesmith_server.app.option_types import (
    FilePath,
    NamedFile,
    NameList,
    Number,
    SettingOption,
    Size,
    Switch,
    Word,
    faults,
)
from namesmith_server.app.settings import LogLevel, Settings

Callback = TypeVar("Callback", bound=Callable[..., Any])

PROGRAM = "namesmith-server"

USAGE_ERROR = 2
"""Exit status for wrong options."""


def setting(flags: str, **attributes: Any) -> Callable[[Callback], Callback]:  # noqa: ANN401 - click's
    """Make the option of the setting of its name: the default is the setting's, shown if any."""
    name = flags.partition("/")[0].removeprefix("--").replace("-", "_")
    default = getattr(Settings, name)
    attributes = {"default": default, "show_default": default not in {None, "", ()}, **attributes}
    return click.option(flags, cls=SettingOption, **attributes)


def read_settings(arguments: Sequence[str]) -> Settings:
    """Return the settings that the arguments and the environment ask for; arguments win.

    Exits with 0 after ``--help`` or ``--version``, with 2 on wrong options.
    """
    try:
        with options.make_context(PROGRAM, list(arguments)) as context:
            settings: Settings = options.invoke(context)
    except click.exceptions.Exit as ended:
        sys.exit(ended.exit_code)
    except click.UsageError as error:
        usage = options.get_usage(click.Context(options, info_name=PROGRAM))
        _refuse(f"{usage}\n{PROGRAM}: error: {error.format_message()}")
    return settings


def _refuse(message: str) -> NoReturn:
    sys.stderr.write(f"{message}\n")
    sys.exit(USAGE_ERROR)


@click.command(
    context_settings={
        "auto_envvar_prefix": "NAMESMITH",
        "help_option_names": ["-h", "--help"],
        "max_content_width": 100,
        # The callback reports all unknown words together.
        "ignore_unknown_options": True,
        "allow_extra_args": True,
    }
)
@setting("--models", type=FilePath(), metavar="FOLDER", help="Repository of bundles.")
@setting(
    "--only",
    type=NameList(),
    metavar="NAME,NAME...",
    help="Models to serve, separated by commas; empty: all, of the embedded ones us-names.",
)
@setting(
    "--default-model",
    metavar="NAME",
    help="Model that answers calls without a model's name; empty: the first.",
)
@setting("--address", metavar="HOST:PORT", help="Where to listen; port 0: any free port.")
@setting(
    "--backend",
    type=Word((backends.AUTO, *backends.names())),
    help="Backend that computes the probabilities.",
)
@setting("--device", type=Word(backends.devices()), help="Device that the backend computes on.")
@setting("--workers", type=Number(int, 1, 256), metavar="N", help="Processes behind the port.")
@setting(
    "--threads", type=Number(int, 1, 256), metavar="N", help="Threads of the backend's runtime."
)
@setting(
    "--max-symbols",
    type=Number(int, 1, 10**9),
    metavar="N",
    help="Cost limit of a call: count x max_length.",
)
@setting(
    "--max-names",
    type=Number(int, 1, 10**9),
    metavar="N",
    help="Names that all calls together may have in work; calls beyond are refused.",
)
@setting(
    "--memory-limit",
    type=Size(64 << 20, 1 << 50),
    show_default=False,
    metavar="SIZE",
    help="Memory that the server may hold, such as 512Mi; default: a share of the machine's.",
)
@setting(
    "--load-timeout",
    type=Number(float, 1, 3600),
    metavar="SECONDS",
    help="Seconds that the load of a version may take; a version that takes longer is passed over.",
)
@setting(
    "--trusted-keys",
    type=FilePath(is_plain=True),
    metavar="FILE",
    help="Ed25519 public keys in PEM form; only bundles that one of them signed are served.",
)
@setting(
    "--versions",
    type=NameList(),
    show_default="latest",
    metavar="WORD,WORD...",
    help="Versions to serve: latest, latest:N, or MODEL/VERSION for a model of given versions.",
)
@setting(
    "--watch",
    type=Number(float, 0, 86400),
    metavar="SECONDS",
    help="Seconds between two looks at the repository for new versions; 0: none.",
)
@setting(
    "--strict/--no-strict",
    type=Switch(),
    help="Refuse to start where a model of the repository has no valid version.",
)
@setting(
    "--admin-address",
    metavar="HOST:PORT",
    help="Where the admin service listens, such as unix:/run/namesmith/admin.sock; empty: nowhere.",
)
@setting(
    "--metrics-address",
    metavar="HOST:PORT",
    help="Where the Prometheus endpoint listens; empty: nowhere.",
)
@setting(
    "--access-log-sample",
    type=Number(float, 0, 1),
    metavar="SHARE",
    help="Share of the calls that are logged, each in a line; refused calls always are.",
)
@setting(
    "--otlp-endpoint",
    metavar="URL",
    help="OpenTelemetry collector for traces and metrics; empty: none.",
)
@setting(
    "--drain-delay-seconds",
    type=Number(float, 0, 3600),
    metavar="SECONDS",
    help="Seconds after SIGTERM in which health is NOT_SERVING and new calls are still served.",
)
@setting(
    "--grace-seconds",
    type=Number(float, 0, 3600),
    metavar="SECONDS",
    help="Seconds that calls in flight have to end after the drain delay.",
)
@setting(
    "--max-connection-age",
    type=Number(float, 0, 10**7),
    metavar="SECONDS",
    help="Seconds after which a connection is told to end behind its calls; 0: never.",
)
@setting("--reflection/--no-reflection", type=Switch(), help="Serve gRPC reflection.")
@setting(
    "--oip/--no-oip",
    type=Switch(),
    help="Serve the Open Inference Protocol, for clients of Triton and KServe.",
)
@setting(
    "--tls-certificate",
    type=FilePath(is_plain=True),
    metavar="FILE",
    help="Certificate chain in PEM form; with it TLS is served.",
)
@setting("--tls-key", type=FilePath(is_plain=True), metavar="FILE", help="Private key in PEM form.")
@setting(
    "--tls-client-ca",
    type=FilePath(is_plain=True),
    metavar="FILE",
    help="Authorities in PEM form; with it every client needs a certificate that one has signed.",
)
@setting(
    "--tokens-file",
    type=FilePath(is_plain=True),
    metavar="FILE",
    help="Tokens of the callers, a name and a SHA-256 a line; with it every call needs a token.",
)
@setting(
    "--key-secret",
    type=NamedFile(),
    multiple=True,
    metavar="NAME=FILE",
    help="Secret, 16 to 1024 bytes, with which calls name keys by its name; may be given again.",
)
@setting(
    "--excludes-file",
    type=FilePath(is_plain=True),
    metavar="FILE",
    help="Texts that stand in no name of any model, in UTF-8, a text a line.",
)
@setting(
    "--max-caller-names",
    type=Number(int, 0, 10**9),
    metavar="N",
    help="Names that the calls of one caller may have in work; 0: no bound of its own.",
)
@setting(
    "--max-caller-rate",
    type=Number(float, 0, 10**9),
    metavar="N",
    help="Calls a second of one caller; 0: no bound.",
)
@setting("--log-level", type=Word(get_args(LogLevel)), help="Least level that is logged.")
@click.version_option(package_name="namesmith", prog_name=PROGRAM)
@click.pass_context
def options(context: click.Context, /, **values: Any) -> Settings:  # noqa: ANN401 - of each option
    """Serve name models over gRPC: sampling, scoring and the loss of a split."""
    if context.args:
        context.fail(f"unrecognized arguments: {' '.join(context.args)}")
    if faults(context):
        _refuse("\n".join(f"{PROGRAM}: {fault}" for fault in faults(context)))
    try:
        return Settings(**values)
    except ValueError as error:
        _refuse(f"{PROGRAM}: {error}")
