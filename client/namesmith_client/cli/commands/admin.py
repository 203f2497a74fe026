"""The commands that change which versions a server serves, by its admin service."""

import re
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict
from typing import Any

import click

from namesmith_client import AdminClient, ModelVersion
from namesmith_client._admin_client import ADMIN_TIMEOUT
from namesmith_client.cli.connection import opened
from namesmith_client.cli.group import namesmith
from namesmith_client.cli.kept_option import kept_option
from namesmith_client.cli.report import Format, Report, format_options

VERSION_NAME = re.compile(r"(?P<model>[^/]+)(/(?P<version>[1-9][0-9]{0,18}))?")
"""A model, and one of its versions."""

HINT = "the server has an admin service where it is started with --admin-address HOST:PORT"
"""Words for operators whose server has no admin service."""

OPTIONS = (
    kept_option(
        "--admin-address",
        envvar="NAMESMITH_ADMIN_ADDRESS",
        default="localhost:50052",
        show_default=True,
        show_envvar=True,
        metavar="HOST:PORT",
        help="The admin service of the server: HOST:PORT or unix:PATH.",
    ),
    kept_option(
        "--timeout",
        envvar="NAMESMITH_TIMEOUT",
        type=float,
        show_envvar=True,
        metavar="SECONDS",
        help=f"How long the call may take; {ADMIN_TIMEOUT:g} unless given.",
    ),
)


def admin_options(command: Callable[..., Any]) -> Callable[..., Any]:
    """Add the options of the admin service's connection to a command, or to their group."""
    for option in reversed(OPTIONS):
        command = option(command)
    return command


class VersionName(click.ParamType):  # type: ignore[type-arg] # generic from click 8.4 on
    """MODEL, or MODEL/VERSION with a version >= 1; the value is a model and a version, or 0."""

    name = "version"

    def convert(
        self,
        value: str | tuple[str, int],
        param: click.Parameter | None,
        ctx: click.Context | None,
    ) -> tuple[str, int]:
        """Return the model and the version, 0 where none is given."""
        if isinstance(value, tuple):
            return value
        found = VERSION_NAME.fullmatch(value)
        if found is None:
            self.fail(f"{value!r} is not MODEL or MODEL/VERSION, with a version >= 1", param, ctx)
        return found["model"], int(found["version"] or 0)


@namesmith.group("admin")
@admin_options
def admin() -> None:
    """Change which versions a server serves, by its admin service."""


@admin.command("reload")
@format_options
@admin_options
def reload(*, form: Format | None) -> None:
    """Look at the repository now, and list its versions."""
    with _connected() as client:
        _show(client.reload(), form=form)


@admin.command("load")
@click.argument("name", metavar="MODEL[/VERSION]", type=VersionName())
@format_options
@admin_options
def load(*, name: tuple[str, int], form: Format | None) -> None:
    """Serve a version until unload or the next start; MODEL alone takes its unloads back."""
    with _connected() as client:
        _show([client.load(*name)], form=form)


@admin.command("unload")
@click.argument("name", metavar="MODEL[/VERSION]", type=VersionName())
@format_options
@admin_options
def unload(*, name: tuple[str, int], form: Format | None) -> None:
    """Stop serving a version, or a whole model, until load or the next start."""
    with _connected() as client:
        _show(client.unload(*name), form=form)


@admin.command("label")
@click.argument("name", metavar="MODEL[/VERSION]", type=VersionName())
@click.argument("label")
@click.option("--remove", is_flag=True, help="Take the label away from its version.")
@format_options
@admin_options
def label(*, name: tuple[str, int], label: str, remove: bool, form: Format | None) -> None:
    """Give LABEL to a version, and list the labels of the model."""
    model, version = name
    if remove == bool(version):
        raise click.UsageError("label: MODEL/VERSION gives a label, MODEL --remove takes it away")
    with _connected() as client:
        labels = client.set_label(model, label, version)
    Report(data={"labels": labels}, columns=("label", "version"), rows=list(labels.items())).show(
        form=form
    )


@admin.command("versions")
@click.argument("model", default="")
@format_options
@admin_options
def versions(*, model: str, form: Format | None) -> None:
    """List the versions of the repository, or of one MODEL, and their states."""
    with _connected() as client:
        _show(client.versions(model), form=form)


@contextmanager
def _connected() -> Iterator[AdminClient]:
    """Provide the client that the options describe."""
    kept = click.get_current_context().obj
    timeout = ADMIN_TIMEOUT if kept["timeout"] is None else kept["timeout"]
    address = kept["admin_address"]
    with opened(lambda: AdminClient(address, timeout=timeout), address, hint=HINT) as client:
        yield client


def _show(found: Sequence[ModelVersion], *, form: Format | None) -> None:
    Report(
        data={"versions": [asdict(one) for one in found]},
        columns=("model", "version", "state", "newest", "labels", "fault"),
        rows=[
            (
                one.model,
                one.version,
                one.state,
                "yes" if one.newest else "no",
                ",".join(one.labels),
                one.fault,
            )
            for one in found
        ],
    ).show(form)
