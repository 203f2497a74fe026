"""The observation of one process: its samples, and the observer of its calls."""

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.access_log import AccessLog
from namesmith_server.app.observability.call_counts import CallCounts
from namesmith_server.app.observability.events import events
from namesmith_server.app.observability.observer import CallObserver
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
        tracer = None
        if settings.otlp_endpoint:
            from namesmith_server.app.observability.otlp import (  # noqa: PLC0415 - of an extra
                begin_export,
            )

            tracer = begin_export(settings.otlp_endpoint, self.read)
        self.observer = CallObserver(counts, AccessLog(settings.access_log_sample), tracer)

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
