"""The server's options: from the command line, or the environment as ``NAMESMITH_*``."""

from pathlib import Path
from typing import Annotated, Literal, Self

from pydantic import Field, field_validator, model_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

EMBEDDED = Path(__file__).parents[1] / "models"
"""The repository that ships inside the package."""

BackendName = Literal["auto", "table", "onnx", "torchscript"]
DeviceName = Literal["cpu", "cuda"]


class Settings(BaseSettings):
    """Serves name models over gRPC: sampling, scoring and the loss of a split."""

    model_config = SettingsConfigDict(
        env_prefix="NAMESMITH_",
        cli_prog_name="namesmith-server",
        cli_kebab_case=True,
        cli_implicit_flags=True,
        cli_avoid_json=True,
        cli_hide_none_type=True,
        extra="ignore",
        frozen=True,
    )

    models: Path = Field(EMBEDDED, description="repository of bundles")
    only: Annotated[tuple[str, ...], NoDecode] = Field(
        (),
        description="models, comma-separated; empty: all, of the embedded us-names",
    )
    default_model: str = Field("", description="answers calls that name none; empty: the first")
    address: str = Field("127.0.0.1:50051", description="host:port to listen on; port 0: any free")
    backend: BackendName = Field("auto", description="what computes the probabilities")
    device: DeviceName = Field("cpu", description="where")
    workers: Annotated[int, Field(ge=1, le=256)] = Field(1, description="processes behind the port")
    threads: Annotated[int, Field(ge=1, le=256)] = Field(1, description="of a backend's runtime")
    max_symbols: Annotated[int, Field(ge=1, le=10**9)] = Field(
        2_000_000, description="cost limit of a call: count x max_length"
    )
    max_names: Annotated[int, Field(ge=1, le=10**9)] = Field(
        250_000, description="in work at once, of all calls; more are refused"
    )
    grace_seconds: Annotated[float, Field(ge=0, le=3600)] = Field(
        20.0, description="for calls in flight at SIGTERM"
    )
    reflection: bool = Field(default=False, description="serve gRPC reflection")
    tls_certificate: Path | None = Field(None, description="PEM chain; with it TLS is served")
    tls_key: Path | None = Field(None, description="PEM private key")
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least")

    @field_validator("only", mode="before")
    @classmethod
    def _listed(cls, given: object) -> object:
        return tuple(filter(None, given.split(","))) if isinstance(given, str) else given

    @property
    def wanted(self) -> tuple[str, ...]:
        """The models to serve; empty: every model of the repository."""
        if not self.only and self.models == EMBEDDED:
            return ("us-names",)
        return self.only

    @model_validator(mode="after")
    def _whole_tls(self) -> Self:
        # Half of it must not become a server without TLS.
        if (self.tls_certificate is None) != (self.tls_key is None):
            raise ValueError("--tls-certificate and --tls-key go together")
        return self
