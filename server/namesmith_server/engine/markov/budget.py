"""The bounds on the memory and the work of a conditioned chain, held while its layers are found."""

from typing import NoReturn

from namesmith.limits import MAX_LENGTH
from namesmith_server.engine.core import reserve
from namesmith_server.engine.errors import TooComplexError
from namesmith_server.engine.markov.chain import Chain

MAX_LAYER_BYTES = 160 << 20
"""Largest number of bytes of the distinct layers of a trellis: some 0.2 s to find."""

USUAL_VALUE_BYTES = 64 << 20
"""Largest number of bytes of one value for each state of each layer, such as its completion, unless
the chain is large."""

LARGE_FACTOR = 4
"""The same number for a large chain, in units of the values of all its states at all lengths, up to
``MAX_VALUE_BYTES``."""

MAX_VALUE_BYTES = 256 << 20
"""Largest number of bytes of one value for each state of each layer of any chain."""

MAX_PRODUCTS = 1 << 30
"""Largest number of products of one backward pass, one for each state and symbol of each layer:
about a second."""

MAX_SORTED = 1 << 21
"""Largest number of pairs of one layer that are numbered by sorting: some 0.2 s."""

STATE_BYTES = 16
"""Number of bytes that a state of a layer takes: its chain state, whether it may end, its row."""

VALUE_BYTES = 8
"""Number of bytes of a value of a state."""

SUCCESSOR_BYTES = 4
"""Number of bytes of a successor."""

BEAM_BYTES = 56 << 20
"""Number of bytes of the largest beam of a search, some 100,000 prefixes, and its candidates."""


def largest_question(chain: Chain) -> int:
    """Return the number of bytes that the largest question about a chain's names holds.

    The bounds on its layers and values are met, the values twice: the completions, and the same
    number of logs. A beam search goes through them.
    """
    return MAX_LAYER_BYTES + 2 * _most_value_bytes(chain) + BEAM_BYTES


def _most_value_bytes(chain: Chain) -> int:
    large = LARGE_FACTOR * len(chain) * (MAX_LENGTH + 1) * VALUE_BYTES
    return min(max(USUAL_VALUE_BYTES, large), MAX_VALUE_BYTES)


class Budget:
    """The memory and the work that a trellis needs so far; beyond a bound it is refused.

    The refusal says which shorter names would fit: the layers of a shorter ``max_length`` are the
    first layers of a longer one.
    """

    def __init__(self, chain: Chain, first: int) -> None:
        """Set the chain, whose size sets the bound on values, and the first layer's characters."""
        self._vocab_size = chain.vocab_size
        self._most_values = _most_value_bytes(chain)
        self._layers = self._values = self._products = 0
        self._fitting = first - 1  # the largest max_length whose layers are within the bounds

    def add_states(self, states: int) -> None:
        """Add the states of a further distinct layer, before they are made."""
        self._add_layer_bytes(states * STATE_BYTES)

    def add_rows(self, rows: int) -> None:
        """Add the rows of successors of a layer, before they are made."""
        self._add_layer_bytes(rows * self._vocab_size * SUCCESSOR_BYTES)

    def add_values(self, states: int, layers: int) -> None:
        """Add the values of the states of layers of equal size, and the products they take."""
        size, products = states * VALUE_BYTES, states * self._vocab_size
        fitting = min(
            (self._most_values - self._values) // max(size, 1),
            (MAX_PRODUCTS - self._products) // max(products, 1),
            layers,
        )
        self._fitting += fitting
        self._values += size * layers
        self._check("bytes of probabilities", self._values, self._most_values)
        self._products += products * layers
        self._check("products of probabilities", self._products, MAX_PRODUCTS)
        reserve(size * layers)

    def most_states(self, layers: int) -> int:
        """Return the largest number of states of ``layers`` equal layers whose values fit."""
        return self._most_values // (VALUE_BYTES * layers)

    def refuse_states(self, states: int, layers: int) -> NoReturn:
        """Refuse equal layers that have at least as many states; which lengths fit is unknown."""
        self._refuse("bytes of probabilities", states * VALUE_BYTES * layers, self._most_values)

    def check_sorting(self, pairs: int) -> None:
        """Refuse to sort too many pairs of one layer."""
        self._check("pairs of states to be sorted", pairs, MAX_SORTED)

    def _add_layer_bytes(self, size: int) -> None:
        self._layers += size
        self._check("bytes of states", self._layers, MAX_LAYER_BYTES)
        reserve(size)

    def _check(self, needed: str, number: int, bound: int) -> None:
        if number > bound:
            shorter = f", or ask for a max_length of at most {self._fitting}"
            self._refuse(needed, number, bound, shorter if self._fitting > 0 else "")

    @staticmethod
    def _refuse(needed: str, number: int, bound: int, advice: str = "") -> NoReturn:
        raise TooComplexError(
            f"takes at least {number} {needed} on this model, the bound is {bound};"
            f" simplify it{advice}"
        )
