"""Observability: what an operator sees of a server.

    metric        the metrics: names, kinds, labels, and how processes are summed up
    samples       values of metrics as plain data, and the sum of several processes'
    call_counts   counts of calls
    events        counts of whatever else happens, such as reloads
    process       the state of the process, read when it is asked for
    cardinality   the bound on the labels of all workers together
    gathering     the samples of workers, in their supervisor
    exposition    samples as Prometheus reads them
    endpoint      HTTP for scrapers
    request       the request of a scraper, read within bounds
    access_log    a line for a share of the calls, and for refused ones
    request_id    the id of a call
    load_report   ORCA, the load that some answers tell a balancer
    observer      the watcher of calls, which does all of this
    otlp          spans and metrics for an OpenTelemetry collector
    observation   all of it for one process

A call is counted in plain numbers: prometheus_client turns them into text at a scrape, and is not
imported before.
"""

from namesmith_server.app.observability.endpoint import serve_metrics
from namesmith_server.app.observability.events import events
from namesmith_server.app.observability.gathering import Gathering, send_samples
from namesmith_server.app.observability.observation import Observation, read_supervisor

__all__ = [
    "Gathering",
    "Observation",
    "events",
    "read_supervisor",
    "send_samples",
    "serve_metrics",
]
