"""The result of sampling names."""

from dataclasses import dataclass


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
