"""The result of sampling names."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa


@dataclass(frozen=True, slots=True)
class GeneratedNames:
    """Names that a model sampled.

    Attributes:
        names: the names in the order of their rows.
        log_probs: natural-log probability of each name with its end symbol, parallel to names,
            <= 0, under the model as trained, without temperature and constraint. None unless the
            caller asked for log-probabilities.
        seed: the seed that gives the same names again, in [0, 2**64).
        model: name of the model that sampled.
        version: version of the model, >= 1.
        exhausted: whether no distinct name is left, so that there are fewer names than the caller
            asked for.
        acceptance_rate: number of accepted candidates divided by number of candidates, in (0, 1],
            of a model without a chain; None for a model with a chain, which rejects none.
        gave_up: whether a model without a chain gave up before it found as many names as the caller
            asked for.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...] | None
    seed: int
    model: str
    version: int
    exhausted: bool = False
    acceptance_rate: float | None = None
    gave_up: bool = False

    def to_arrow(self) -> "pa.Table":
        """Return the names as a table of Arrow; needs pyarrow, of the extra ``arrow``.

        Its columns are ``name``, and ``log_probability`` where the caller asked for it; the seed,
        the model and the version stand in the metadata of its schema.

        Raises:
            ImportError: pyarrow is not installed; the message names the extra.
        """
        from namesmith_client._arrow import table_of  # noqa: PLC0415 - where it is asked for

        return table_of(self)

    def __arrow_c_stream__(self, requested_schema: object = None) -> Any:  # noqa: ANN401 - a capsule
        """Export the table of ``to_arrow`` by Arrow's PyCapsule interface, as polars wants it."""
        return self.to_arrow().__arrow_c_stream__(requested_schema)
