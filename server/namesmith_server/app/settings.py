"""The server's settings: plain data, said once. ``reading`` fills them in.

Knows no pydantic, so that a serving process need not hold it.
"""

from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Interval

EMBEDDED = Path(__file__).parents[1] / "models"
"""The repository that ships inside the package."""

BackendName = Literal["auto", "table", "onnx", "torchscript"]
DeviceName = Literal["cpu", "cuda"]
Level = Literal["debug", "info", "warning", "error"]


def setting(default: Any, told: str, word: str = "") -> Any:  # noqa: ANN401 - of the field's type
    """A field with its default, what ``--help`` tells of it, and the word for its value there."""
    return field(default=default, metadata={"help": told, "word": word})


@dataclass(frozen=True, kw_only=True)
class Settings:
    """Serves name models over gRPC: sampling, scoring and the loss of a split.

    Raises:
        ValueError: there is half of a TLS pair.
    """

    models: Path = setting(EMBEDDED, "repository of bundles", "FOLDER")
    only: tuple[str, ...] = setting(
        (), "models, comma-separated; empty: all, of the embedded us-names", "NAME,NAME..."
    )
    default_model: str = setting("", "answers calls that name none; empty: the first", "NAME")
    address: str = setting(
        "127.0.0.1:50051", "where to listen; port 0: any that is free", "HOST:PORT"
    )
    backend: BackendName = setting("auto", "what computes the probabilities")
    device: DeviceName = setting("cpu", "where")
    workers: Annotated[int, Interval(ge=1, le=256)] = setting(1, "processes behind the port", "N")
    threads: Annotated[int, Interval(ge=1, le=256)] = setting(1, "of a backend's runtime", "N")
    max_symbols: Annotated[int, Interval(ge=1, le=10**9)] = setting(
        2_000_000, "cost limit of a call: count x max_length", "N"
    )
    max_names: Annotated[int, Interval(ge=1, le=10**9)] = setting(
        250_000, "in work at once, of all calls; more are refused", "N"
    )
    grace_seconds: Annotated[float, Interval(ge=0, le=3600)] = setting(
        20.0, "for calls in flight at SIGTERM", "SECONDS"
    )
    reflection: bool = setting(default=False, told="serve gRPC reflection")
    tls_certificate: Path | None = setting(None, "PEM chain; with it TLS is served", "FILE")
    tls_key: Path | None = setting(None, "PEM private key", "FILE")
    log_level: Level = setting("info", "least level that is logged")

    def __post_init__(self) -> None:
        # Half of it must not become a server without TLS.
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("--tls-certificate and --tls-key go together")

    @property
    def wanted(self) -> tuple[str, ...]:
        """The models to serve; empty: every model of the repository."""
        if not self.only and self.models == EMBEDDED:
            return ("us-names",)
        return self.only
