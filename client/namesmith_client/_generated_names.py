"""The value that sampling answers."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GeneratedNames:
    """Names that a model sampled.

    Attributes:
        names: the names in the order of their rows.
        log_probs: natural-log probability of each name, parallel to names, <= 0: its end symbol
            included, under the model as trained, without temperature and constraint. None unless
            asked for.
        seed: the seed that gives the same names again, in [0, 2**64).
        model: name of the model that sampled.
        version: version of the model, >= 1.
        exhausted: whether these are all distinct names that exist, fewer than were asked for.
        acceptance_rate: accepted names over candidates, in (0, 1], where a model without a table
            rejected candidates; None where nothing can be rejected.
        gave_up: whether a model without a table gave up before it found as many names as were
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
