"""Rules, alerts and the dashboard: read by Prometheus's own tool, and told in the manual."""

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from deployed import DEPLOY, OPERATIONS, tool

PROMETHEUS = DEPLOY / "prometheus"
RULES = PROMETHEUS / "rules.yaml"
DASHBOARD = DEPLOY / "grafana" / "namesmith.json"
METRIC = re.compile(r"\b(?:grpc_server|namesmith|process)_[a-z_]+")
"""The name of a metric that the server has, in a query or in the manual."""

PARTS = ("_bucket", "_sum", "_count")
"""Endings of the series of a histogram."""

DERIVED = {"namesmith_load"}
"""Metrics that prometheus-adapter makes of the server's."""


def metrics_in(text: str) -> set[str]:
    """Return the metrics of the server that a text names; a histogram without its parts."""
    found = {name for name in METRIC.findall(text) if not name.endswith("_")}
    for part in PARTS:
        found = {name.removesuffix(part) for name in found}
    return found - DERIVED


def told() -> set[str]:
    """Return the metrics of the manual's table."""
    rows = re.findall(r"^\| (`[^|]+) \|", OPERATIONS.read_text(), re.MULTILINE)
    return metrics_in(" ".join(rows))


def rules() -> Iterator[dict[str, Any]]:
    """Yield each rule."""
    for group in yaml.safe_load(RULES.read_text())["groups"]:
        yield from group["rules"]


def queries() -> list[str]:
    """Return the queries of the dashboard, with values in the places of its variables."""
    board = json.loads(DASHBOARD.read_text())
    targets = [target for panel in board["panels"] for target in panel.get("targets", ())]
    every = [target["expr"] for target in [*targets, *board["annotations"]["list"]]]
    return [
        re.sub(r"\$(?:job|instance)", ".*", query.replace("$__rate_interval", "5m"))
        for query in every
    ]


def test_the_rules_are_valid() -> None:
    """Prometheus reads the rules, and the configuration of compose."""
    tool("promtool", "check", "config", PROMETHEUS / "prometheus.yaml")


def test_each_alert_fires_and_clears() -> None:
    """Each alert is there with its fault and gone after it (rules_test.yaml)."""
    tool("promtool", "test", "rules", PROMETHEUS / "rules_test.yaml")
    cases = (PROMETHEUS / "rules_test.yaml").read_text()
    alerts = [rule["alert"] for rule in rules() if "alert" in rule]
    assert [alert for alert in alerts if f"alertname: {alert}\n" not in cases] == []


def test_each_alert_has_a_runbook() -> None:
    """The link of each alert leads to a heading of the manual, and each heading has an alert."""
    links = [rule["annotations"]["runbook"] for rule in rules() if "alert" in rule]
    headings = re.findall(r"^### (Namesmith\w+)$", OPERATIONS.read_text(), re.MULTILINE)
    assert links == [f"docs/operations.md#{heading.lower()}" for heading in headings]


def test_the_dashboards_queries_are_valid(tmp_path: Path) -> None:
    """Prometheus reads every query of the dashboard."""
    recorded = [{"record": f"query:{i}", "expr": query} for i, query in enumerate(queries())]
    file = tmp_path / "queries.yaml"
    file.write_text(yaml.safe_dump({"groups": [{"name": "queries", "rules": recorded}]}))
    tool("promtool", "check", "rules", file)


def test_the_dashboard_can_be_imported() -> None:
    """Its panels have ids and places of their own and a data source that is chosen."""
    board = json.loads(DASHBOARD.read_text())
    assert len({panel["id"] for panel in board["panels"]}) == len(board["panels"])
    places = [tuple(panel["gridPos"].values()) for panel in board["panels"]]
    assert len(set(places)) == len(places)
    assert all(x + w <= 24 for _, w, x, _ in places)
    chosen = {p["datasource"]["uid"] for p in board["panels"] if p["type"] != "row"}
    assert chosen == {"${datasource}"}


@pytest.mark.parametrize(
    "file", [RULES, DASHBOARD, PROMETHEUS / "adapter.yaml"], ids=lambda file: file.name
)
def test_only_metrics_of_the_manual_are_asked_for(file: Path) -> None:
    """Every metric that a rule, a panel or the adapter asks for stands in the manual."""
    text = "\n".join(queries()) if file == DASHBOARD else file.read_text()
    assert metrics_in(text) - told() == set()
