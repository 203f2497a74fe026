"""Events of this process that are no calls: the parts of the app that meet them count them here."""

from collections import Counter
from collections.abc import Iterable

from namesmith_server.app.observability import metric
from namesmith_server.app.observability.samples import Samples
from namesmith_server.grpc import ServedModel

RELOAD_OUTCOMES = ("loaded", "refused", "retired", "unchanged")
"""Outcomes of a change of the models, counted for each version."""

FILE_OUTCOMES = ("loaded", "refused")
"""Outcomes of reading certificates or tokens again."""


class Events:
    """Counts and states of this process."""

    def __init__(self) -> None:
        self._reloads = Counter(dict.fromkeys(RELOAD_OUTCOMES, 0))
        self._certificates = Counter(dict.fromkeys(FILE_OUTCOMES, 0))
        self._tokens = Counter(dict.fromkeys(FILE_OUTCOMES, 0))
        self._expiry = 0.0
        self._invalid = 0
        self._models: dict[tuple[str, ...], float] = {}

    def count_reload(self, outcome: str) -> None:
        """Count a version, or a look at the repository, by an outcome of ``RELOAD_OUTCOMES``."""
        self._reloads[outcome] += 1

    def set_models(self, served: Iterable[ServedModel]) -> None:
        """Set the versions of models that are served."""
        self._models = {_info(one): 1 for one in served}

    def set_invalid_models(self, count: int) -> None:
        """Set the number of the repository's models without a valid version."""
        self._invalid = count

    def count_certificate_reload(self, outcome: str) -> None:
        """Count a certificate that was read again, by an outcome of ``FILE_OUTCOMES``."""
        self._certificates[outcome] += 1

    def count_token_reload(self, outcome: str) -> None:
        """Count tokens that were read again, by an outcome of ``FILE_OUTCOMES``."""
        self._tokens[outcome] += 1

    def set_certificate_expiry(self, seconds: float) -> None:
        """Set the time at which the certificate in use ends, in seconds since 1970."""
        self._expiry = seconds

    def read(self) -> Samples:
        """Return the samples of this moment."""
        samples: Samples = {
            metric.RELOADS.name: {(key,): value for key, value in list(self._reloads.items())},
            metric.CERTIFICATE_RELOADS.name: {
                (key,): value for key, value in list(self._certificates.items())
            },
            metric.TOKEN_RELOADS.name: {(key,): value for key, value in list(self._tokens.items())},
            metric.MODELS_INVALID.name: {(): self._invalid},
            metric.MODEL_INFO.name: dict(self._models),
        }
        if self._expiry:
            samples[metric.CERTIFICATE_EXPIRY.name] = {(): self._expiry}
        return samples


def _info(served: ServedModel) -> tuple[str, ...]:
    """Return the labels of a version."""
    backend = served.model.backend
    return served.name, str(served.version), backend.name, str(backend.device)


events = Events()
"""The events of this process."""
