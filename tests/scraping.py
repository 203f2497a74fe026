"""The metrics of a running server, as a scraper reads them."""

import time
import urllib.request
from collections.abc import Callable, Iterable
from typing import Any

from prometheus_client.parser import text_string_to_metric_families

PATIENCE = 30.0
"""Seconds within which a figure must be reached: workers tell theirs once a second."""

Metrics = dict[tuple[str, frozenset[tuple[str, str]]], float]
"""Values by the name of the sample and its labels."""


def metrics_port(log: Iterable[dict[str, Any]]) -> int:
    """Return the port of the metrics that a server's log tells of."""
    (event,) = (event for event in log if event["event"] == "metrics")
    return int(event["port"])


def scrape(port: int) -> Metrics:
    """Return the samples of a server."""
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics", timeout=10) as answer:
        text = answer.read().decode()
    return {
        (sample.name, frozenset(sample.labels.items())): sample.value
        for family in text_string_to_metric_families(text)
        for sample in family.samples
    }


def value(metrics: Metrics, name: str, **labels: str) -> float:
    """Return the sum of the samples of a name that have these labels; 0 where there are none."""
    wanted = set(labels.items())
    return sum(one for (of, held), one in metrics.items() if of == name and wanted <= held)


def scraped_until(port: int, holds: Callable[[Metrics], bool]) -> Metrics:
    """Scrape until something holds of the samples, and return them; fail where it never does."""
    deadline = time.monotonic() + PATIENCE
    while not holds(metrics := scrape(port)):
        assert time.monotonic() < deadline, metrics
        time.sleep(0.05)
    return metrics
