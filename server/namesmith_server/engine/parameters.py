"""What a caller asks of the sampler, checked before it comes here."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Sampling:
    """How each conditional distribution is transformed, in this order.

    Attributes:
        temperature: divides the log-probabilities, in [0, 10]; 0 is greedy.
        top_k: keeps the k most probable, in [0, V]; 0 keeps all.
        top_p: keeps the smallest most probable set that holds it, in (0, 1].
        min_p: keeps what is at least min_p times the most probable, in [0, 1].
    """

    temperature: float = 1.0
    top_k: int = 0
    top_p: float = 1.0
    min_p: float = 0.0


@dataclass(frozen=True)
class Constraint:
    """What a name must satisfy.

    Attributes:
        prefix: ids that it begins with, taken as given; at most max_length.
        min_length: fewest characters, prefix included, in [0, max_length].
        max_length: most characters, prefix included, in [1, 64].
    """

    prefix: tuple[int, ...] = ()
    min_length: int = 1
    max_length: int = 32


@dataclass(frozen=True)
class Order:
    """Names that are wanted.

    Attributes:
        count: how many, >= 1.
        seed: uint64.
        sampling: how each symbol is drawn.
        constraint: what each name satisfies.
        first: row of the first name, >= 0; names of later rows continue the same sequence.
    """

    count: int
    seed: int
    sampling: Sampling = Sampling()
    constraint: Constraint = Constraint()
    first: int = 0
