"""The HTML pages of a run and of a comparison, rendered from their templates.

Names and settings are untrusted text: the template engine escapes every value, and the content
security policy of the page forbids every request.
"""

from collections.abc import Sequence

from jinja2 import Environment, PackageLoader, StrictUndefined

from namesmith.v1.manifest_pb2 import Chain, Manifest
from namesmith_trainer.report import chain_findings, comparison_findings, findings, sections
from namesmith_trainer.report.diagnostics import (
    ChainDiagnostics,
    Diagnostics,
    NetworkDiagnostics,
)
from namesmith_trainer.report.manifest_facts import PARITY, facts
from namesmith_trainer.report.pictures import lines
from namesmith_trainer.report.shares import standing, visible
from namesmith_trainer.report.table import comparison_table
from namesmith_trainer.words import counted

SYMBOLS = 200
"""Largest number of symbols of a vocabulary that a page shows."""


def report_page(manifest: Manifest, run: Diagnostics) -> bytes:
    """Render ``report.html`` of a bundle, UTF-8.

    Args:
        manifest: manifest of the bundle; its version and its files need not be filled in.
        run: numbers of the run.
    """
    values: dict[str, object] = {}
    template = "network_report.html.j2"
    if isinstance(run, ChainDiagnostics):
        values, template = _of_chain(run), "chain_report.html.j2"
    return _render(
        template,
        manifest=manifest,
        run=run,
        splits=findings.splits(run),
        names=findings.names(run.samples),
        inside=list(sections.inside(run)),
        outside=list(sections.outside(run.samples)),
        facts=_facts(manifest),
        replaced=_replaced(manifest.chain),
        **values,
    )


def comparison_page(data: str, runs: Sequence[Diagnostics]) -> bytes:
    """Render the page of several compared runs, UTF-8.

    Args:
        data: name of the data set or file that the runs were trained on.
        runs: runs in the order of the table; at least one run, each with a different recipe.
    """
    headings, rows = comparison_table(runs)
    networks = [run for run in runs if isinstance(run, NetworkDiagnostics)]
    return _render(
        "comparison.html.j2",
        data=data,
        runs=runs,
        headings=headings,
        rows=rows,
        networks=networks,
        sections=list(sections.side_by_side(runs)),
    )


def rates_page(
    data: str, recipe: str, tried: Sequence[float], losses: Sequence[float], chosen: float
) -> bytes:
    """Render the page of a search for a learning rate, UTF-8.

    Args:
        data: name of the data set or file that the steps were trained on.
        recipe: name of the recipe.
        tried: learning rate of each step, > 0 and growing; at least two rates.
        losses: loss of each step in nats, of which at least one is finite.
        chosen: learning rate that the search proposes, > 0.
    """
    return _render(
        "rates.html.j2",
        data=data,
        recipe=recipe,
        steps=len(tried),
        finding=comparison_findings.rates(tried, losses, chosen),
        picture=lines.rates(tried, losses, chosen),
    )


def _of_chain(run: ChainDiagnostics) -> dict[str, object]:
    """Return the values of the template that a chain alone has."""
    values: dict[str, object] = {"memory": chain_findings.memory(run)}
    if run.teaching:
        values |= {
            "closeness": chain_findings.closeness(run, run.teaching),
            "differences": list(sections.teaching(run.teaching)),
            "pairs": chain_findings.pairs(run.teaching),
        }
    return values


def _replaced(chain: Chain) -> dict[str, float]:
    """Return the loss of each split of the network whose place a chain has; empty without one."""
    if not chain.stands_for_network:
        return {}
    return {each.split: each.loss for each in chain.teachers[0].losses}


def _facts(manifest: Manifest) -> dict[str, list[str]]:
    """Group the values of each fact by its name, without the facts that the page leaves out.

    Of a large vocabulary the first symbols are shown, each so that it is visible alone.
    """
    grouped: dict[str, list[str]] = {}
    last = ""
    for name, value in facts(manifest):
        last = name or last
        grouped.setdefault(last, []).append(value)
    del grouped["model"]  # an unpublished manifest has no version
    grouped.pop(PARITY, None)
    symbols = manifest.vocabulary.symbols
    further = f" and {len(symbols) - SYMBOLS:,} more" if len(symbols) > SYMBOLS else ""
    shown = " ".join(map(visible, symbols[:SYMBOLS]))
    grouped["vocabulary"] = [counted(len(symbols), "symbol"), f"{shown}{further}"]
    return grouped


def _render(template: str, **values: object) -> bytes:
    """Render a template of this package with escaped values, UTF-8."""
    environment = Environment(
        loader=PackageLoader("namesmith_trainer.report"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters["standing"] = standing
    return environment.get_template(template).render(values).encode()
