"""The pages, set in their templates.

Names and settings are untrusted text: the template engine escapes every value, and the page's own
policy forbids it any request.
"""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from namesmith.v1.manifest_pb2 import Manifest
from namesmith_trainer.comparison.table import table
from namesmith_trainer.diagnostics.diagnostics import Diagnostics
from namesmith_trainer.inspection import facts
from namesmith_trainer.report import findings, sections


def report(manifest: Manifest, run: Diagnostics) -> bytes:
    """``report.html`` of a bundle, UTF-8; version and files of the manifest are not needed."""
    return _render(
        "report.html.j2",
        manifest=manifest,
        run=run,
        splits=findings.splits(run),
        names=findings.names(run.samples),
        inside=list(sections.inside(run)),
        outside=list(sections.outside(run.samples)),
        facts=_facts(manifest),
    )


def comparison(data: str, runs: Sequence[Diagnostics]) -> bytes:
    """The page of several runs, UTF-8.

    Args:
        data: name of what they were trained on.
        runs: in the order of the table; at least one, each of another recipe.
    """
    headings, rows = table(runs)
    return _render(
        "comparison.html.j2",
        data=data,
        runs=runs,
        headings=headings,
        rows=rows,
        sections=list(sections.side_by_side(runs)),
    )


def _facts(manifest: Manifest) -> dict[str, list[str]]:
    """What the manifest knows before it is published, each fact with its values."""
    grouped: dict[str, list[str]] = {}
    last = ""
    for name, value in facts(manifest):
        last = name or last
        grouped.setdefault(last, []).append(value)
    del grouped["model"]  # has no version yet
    return grouped


def _render(template: str, **values: object) -> bytes:
    environment = Environment(
        loader=PackageLoader("namesmith_trainer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template(template).render(values).encode()
