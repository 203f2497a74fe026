"""The observation of one process: its samples, and the observer of its calls."""

from collections.abc import Callable

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.access_log import AccessLog
from namesmith_server.app.observability.call_counts import CallCounts
from namesmith_server.app.observability.events import events
from namesmith_server.app.observability.load_report import LoadReport
from namesmith_server.app.observability.observer import CallObserver, Tracer
from namesmith_server.app.observability.process import Serving, read_process, read_work
from namesmith_server.app.observability.samples import Samples, merged
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Admission, Ledger


class Observation:
    """The samples of a process that serves, and the observer of its calls.

    Attributes:
        observer: observer of the calls.
        serving: parts of the process, whose state is read.
    """

    def __init__(self, settings: Settings, admission: Admission, ledger: Ledger) -> None:
        """Begin to observe.

        Raises:
            StartError: the packages of the extra ``otel`` are asked for and missing.
        """
        counts = CallCounts()
        self.serving = Serving(admission, ledger)
        self._readers = (counts.read, events.read, read_process, read_work, self.serving.read)
        self.observer = CallObserver(
            counts,
            AccessLog(settings.access_log_sample),
            _load_report(settings, counts, self.serving),
            _tracer(settings, self.read),
        )

    def read(self) -> Samples:
        """Return the samples of this moment; any thread may call this."""
        return merged(read() for read in self._readers)

    def read_alone(self) -> Samples:
        """Return the samples of a server that is this process alone."""
        return {
            **self.read(),
            metric.WORKERS_ALIVE.name: {(): 1},
            metric.WORKER_RESTARTS.name: {(): 0},
        }


def read_supervisor(gathered: Samples) -> Samples:
    """Return the samples of a server with workers.

    Args:
        gathered: samples of the workers.
    """
    return merged([gathered, events.read(), read_process()])


def _load_report(settings: Settings, counts: CallCounts, serving: Serving) -> LoadReport | None:
    """Return the report of the load where metrics are asked for."""
    if not settings.metrics_address:
        return None
    return LoadReport(counts.totals, serving.memory_share, serving.load)


def _tracer(settings: Settings, read: Callable[[], Samples]) -> Tracer | None:
    """Begin to export where it is asked for; return the maker of spans."""
    if not settings.otlp_endpoint:
        return None
    from namesmith_server.app.observability.otlp import begin_export  # noqa: PLC0415 - of an extra

    return begin_export(settings.otlp_endpoint, read)
