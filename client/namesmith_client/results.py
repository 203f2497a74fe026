"""What calls answer: frozen values, no protobuf.

Log-probabilities are natural logarithms, end symbol included, under the model as trained:
no temperature, no constraint.
"""

from dataclasses import dataclass
from enum import StrEnum


class Health(StrEnum):
    """What the server says of its own state."""

    UNKNOWN = "UNKNOWN"
    SERVING = "SERVING"
    NOT_SERVING = "NOT_SERVING"


@dataclass(frozen=True, slots=True)
class GeneratedNames:
    """Names out of a model.

    Attributes:
        names: in the order of their rows.
        log_probs: parallel to names, <= 0; None unless asked for.
        seed: what gives the same names again, in [0, 2**64).
        model: name of the model that sampled.
        version: its version, >= 1.
        exhausted: whether these are all distinct names there are, fewer than were asked for.
        acceptance_rate: accepted names over tried ones, in (0, 1], where a model without a table
            tried; None where nothing was rejected.
        gave_up: whether such a model gave up before it found as many names as were asked for.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...] | None
    seed: int
    model: str
    version: int
    exhausted: bool = False
    acceptance_rate: float | None = None
    gave_up: bool = False


@dataclass(frozen=True, slots=True)
class ScoredNames:
    """What a model believes of names.

    Attributes:
        names: as given.
        log_probs: parallel to names, <= 0.
        character_log_probs: parallel to names; of each one value a character and one for the
            end symbol, float32. None unless asked for.
        model: name of the model that scored.
        version: its version, >= 1.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    character_log_probs: tuple[tuple[float, ...], ...] | None
    model: str
    version: int


@dataclass(frozen=True, slots=True)
class Evaluation:
    """The loss of a set of names and where the figure comes from.

    Attributes:
        loss: mean negative log-probability per predicted symbol, in nats.
        names: names in the set.
        symbols: predicted symbols, end symbols included.
        model: name of the model.
        version: its version, >= 1.
        perplexity: exp(loss).
        bits_per_character: loss / ln 2.
        backend: table, onnx or torchscript.
        device: cpu or cuda.
    """

    loss: float
    names: int
    symbols: int
    model: str
    version: int
    perplexity: float
    bits_per_character: float
    backend: str
    device: str


@dataclass(frozen=True, slots=True)
class SplitEvaluation(Evaluation):
    """The loss of a split of the model's own training data.

    Attributes:
        split: train, val or test.
        data_sha256: of the data file that the splits were cut from, hexadecimal.
    """

    split: str
    data_sha256: str


@dataclass(frozen=True, slots=True)
class Split:
    """A part of a model's data, as the trainer measured it.

    Attributes:
        name: train, val or test.
        names: names in it.
        symbols: predicted symbols, end symbols included.
        loss: mean negative log-probability per predicted symbol, in nats.
    """

    name: str
    names: int
    symbols: int
    loss: float


@dataclass(frozen=True, slots=True)
class Model:
    """A model that is served.

    Attributes:
        name: what calls name it by.
        version: >= 1.
        default: whether it answers calls that name none.
        backend: table, onnx or torchscript.
        device: cpu or cuda.
        created: when it was published, RFC 3339, UTC.
        symbols: the vocabulary; the first, ".", starts and ends a name.
        block_size: symbols of context.
        parameters: trained numbers.
        recipe: how it was trained.
        steps: training steps taken.
        data: name of the data set.
        data_sha256: of the data file, hexadecimal.
        splits: train, val, test.
    """

    name: str
    version: int
    default: bool
    backend: str
    device: str
    created: str
    symbols: tuple[str, ...]
    block_size: int
    parameters: int
    recipe: str
    steps: int
    data: str
    data_sha256: str
    splits: tuple[Split, ...]


@dataclass(frozen=True, slots=True)
class Measure:
    """What is known of the names that satisfy a constraint.

    Attributes:
        probability: of a name drawn freely, of any length, to satisfy it, in [0, 1].
        probability_given_lengths: of a name drawn between its lengths, in [0, 1].
        expected_length: characters of a name that satisfies it; 0 where none does.
        names: that satisfy it with a positive probability; exact up to 2^53.
        names_above_floor: of these, those at least as probable as the floor, up to 100,000; None
            without a floor.
        more_above_floor: whether there are more of those.
        model: name of the model that was asked.
        version: its version, >= 1.
    """

    probability: float
    probability_given_lengths: float
    expected_length: float
    names: float
    names_above_floor: int | None
    more_above_floor: bool
    model: str
    version: int


@dataclass(frozen=True, slots=True)
class TopNames:
    """The most probable names.

    Attributes:
        names: the most probable first; equal ones in the order of their symbols.
        log_probs: parallel to names, <= 0: drawn freely under the sampling that was asked for.
        exhausted: whether these are all names there are, fewer than were asked for.
        model: name of the model that was asked.
        version: its version, >= 1.
    """

    names: tuple[str, ...]
    log_probs: tuple[float, ...]
    exhausted: bool
    model: str
    version: int


@dataclass(frozen=True, slots=True)
class Description:
    """What a model believes of names drawn freely: of any length, the empty name among them.

    Attributes:
        entropy_per_name: nats.
        entropy_per_symbol: over the expected symbols, end symbol included, nats.
        expected_length: characters.
        length_probabilities: of 0 to 64 characters; what is left of 1 is that of longer names.
        training_probability: of a name to be one of the training split's, in [0, 1].
        training_names: distinct names of the training split.
        perplexities: of each split, >= 1.
        model: name of the model that was asked.
        version: its version, >= 1.
    """

    entropy_per_name: float
    entropy_per_symbol: float
    expected_length: float
    length_probabilities: tuple[float, ...]
    training_probability: float
    training_names: int
    perplexities: dict[str, float]
    model: str
    version: int
