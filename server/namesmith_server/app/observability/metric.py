"""The metrics of a server: names, kinds, labels, and the way in which processes are summed up."""

from collections.abc import Callable, Iterable
from typing import Literal, NamedTuple

from namesmith_server.engine import BATCH_SIZES

SECONDS = (
    0.00025,
    0.0005,
    0.001,
    0.0025,
    0.005,
    0.01,
    0.025,
    0.05,
    0.1,
    0.25,
    0.5,
    1.0,
    2.5,
    5.0,
    10.0,
    30.0,
    60.0,
)
"""Upper bounds of the buckets of durations, in seconds."""

OTHER = "other"
"""Last label of everything beyond the bound of a metric."""

METHOD = ("grpc_type", "grpc_service", "grpc_method")
"""Labels of the metrics of calls."""


class Metric(NamedTuple):
    """A metric.

    Attributes:
        name: name in the exposition.
        kind: a counter never falls while its server runs.
        help: one line of description.
        labels: names of the labels.
        joined: function from the values of a gauge in several processes to one.
        bounds: upper bounds of a histogram's buckets, without infinity.
        most: largest number of labels that are counted apart; 0: no bound.
    """

    name: str
    kind: Literal["counter", "gauge", "histogram"]
    help: str
    labels: tuple[str, ...] = ()
    joined: Callable[[Iterable[float]], float] = sum
    bounds: tuple[float, ...] = ()
    most: int = 0


STARTED = Metric("grpc_server_started_total", "counter", "Calls that have begun.", METHOD)
HANDLED = Metric(
    "grpc_server_handled_total", "counter", "Calls that have ended.", (*METHOD, "grpc_code")
)
HANDLING = Metric(
    "grpc_server_handling_seconds",
    "histogram",
    "Seconds from the arrival of a call to its end.",
    METHOD,
    bounds=SECONDS,
)
GENERATED = Metric(
    "namesmith_names_generated_total",
    "counter",
    "Names that were answered.",
    ("model", "version"),
    most=500,
)
REFUSALS = Metric(
    "namesmith_refusals_total", "counter", "Calls that ended with an error.", ("reason",), most=100
)
CALLER_CALLS = Metric(
    "namesmith_caller_calls_total",
    "counter",
    "Calls that have ended, by caller.",
    ("caller",),
    most=100,
)
IN_WORK = Metric("namesmith_names_in_work", "gauge", "Names that admitted calls have in work.")
LIMIT = Metric("namesmith_names_limit", "gauge", "Names that calls may have in work.")
BATCH_SIZE = Metric(
    "namesmith_batch_size",
    "histogram",
    "Sequences of a step of a batch.",
    bounds=tuple(map(float, BATCH_SIZES)),
)
QUEUE_SIZE = Metric("namesmith_queue_size", "gauge", "Requests that wait for their batch to end.")
CACHE_HITS = Metric(
    "namesmith_cache_hits_total", "counter", "Requests whose value was kept.", ("cache",)
)
CACHE_MISSES = Metric(
    "namesmith_cache_misses_total", "counter", "Values that were built.", ("cache",)
)
EXACT_DRAWS = Metric(
    "namesmith_exact_fallback_draws_total", "counter", "Draws that the canonical form decided."
)
RELOADS = Metric(
    "namesmith_model_reloads_total", "counter", "Changes of the models, by outcome.", ("outcome",)
)
MODEL_INFO = Metric(
    "namesmith_model_info",
    "gauge",
    "1 for each version that is served.",
    ("model", "version", "backend", "device"),
    joined=max,
)
MODELS_INVALID = Metric(
    "namesmith_models_invalid",
    "gauge",
    "Models of the repository without a valid version.",
    joined=max,
)
BUILD_INFO = Metric(
    "namesmith_build_info", "gauge", "1 for the version of the server.", ("version",), joined=max
)
WORKERS_ALIVE = Metric("namesmith_workers_alive", "gauge", "Processes that serve.")
WORKER_RESTARTS = Metric(
    "namesmith_worker_restarts_total", "counter", "Workers that were started again."
)
CERTIFICATE_RELOADS = Metric(
    "namesmith_certificate_reloads_total",
    "counter",
    "Certificates that were read again, by outcome.",
    ("outcome",),
)
CERTIFICATE_EXPIRY = Metric(
    "namesmith_certificate_expiry_seconds",
    "gauge",
    "Time at which the certificate ends, in seconds since 1970.",
    joined=min,
)
TOKEN_RELOADS = Metric(
    "namesmith_token_reloads_total",
    "counter",
    "Files of tokens that were read again, by outcome.",
    ("outcome",),
)
STALLS = Metric(
    "namesmith_event_loop_stalls_total", "counter", "Times that the event loop was over 50 ms late."
)
LINES_LOST = Metric(
    "namesmith_log_lines_lost_total", "counter", "Lines of the log that nobody could read."
)
MEMORY = Metric("namesmith_memory_bytes", "gauge", "Resident memory.")
MEMORY_LIMIT = Metric("namesmith_memory_limit_bytes", "gauge", "Memory that may be held.")
CPU = Metric("process_cpu_seconds_total", "counter", "User and system CPU time, in seconds.")
OPEN_FILES = Metric("process_open_fds", "gauge", "Open file descriptors.")
MOST_FILES = Metric("process_max_fds", "gauge", "Largest number of open file descriptors.")
START_TIME = Metric(
    "process_start_time_seconds", "gauge", "Start, in seconds since 1970.", joined=min
)

METRICS = tuple(one for one in list(globals().values()) if isinstance(one, Metric))
"""Every metric, in the order of the exposition."""
