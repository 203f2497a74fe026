"""The bound on the memory and on the work of a conditioned chain, held while its layers are found."""

from namesmith_server.engine.errors import TooComplexError

MAX_BYTES = 256 << 20
"""Largest number of bytes of the distinct layers and of the completions of a conditioned chain."""

MAX_PRODUCTS = 1 << 30
"""Largest number of products of one backward pass, one for each state and symbol of each layer:
about a second."""

MAX_SORTED = 1 << 21
"""Largest number of pairs of one layer that are numbered by sorting: some 0.2 s."""

STATE_BYTES = 16
"""Number of bytes that a state of a layer takes: its chain state, whether it may end, its row."""

COMPLETION_BYTES = 8
"""Number of bytes of a completion."""

SUCCESSOR_BYTES = 4
"""Number of bytes of a successor."""


class Budget:
    """The bytes and the products that a trellis needs so far; beyond its bounds it is refused."""

    def __init__(self, vocab_size: int) -> None:
        self._vocab_size = vocab_size
        self._bytes = self._products = 0

    def add_states(self, states: int) -> None:
        """Add the states of a further distinct layer, before they are made."""
        self._add(states * STATE_BYTES)

    def add_rows(self, rows: int) -> None:
        """Add the rows of successors of a layer, before they are made."""
        self._add(rows * self._vocab_size * SUCCESSOR_BYTES)

    def add_values(self, states: int, layers: int) -> None:
        """Add the completions of layers of equal numbers of states, and their products."""
        self._products += states * self._vocab_size * layers
        self._add(states * COMPLETION_BYTES * layers)

    def check_sorting(self, pairs: int) -> None:
        """Refuse to sort too many pairs."""
        if pairs > MAX_SORTED:
            raise TooComplexError(
                f"has too many states for this model: {pairs} pairs of states of the two would be"
                f" sorted for one length of names, the bound is {MAX_SORTED}; simplify it"
            )

    def _add(self, more: int) -> None:
        self._bytes += more
        for what, needed, bound in (
            ("bytes", self._bytes, MAX_BYTES),
            ("products", self._products, MAX_PRODUCTS),
        ):
            if needed > bound:
                raise TooComplexError(
                    f"takes at least {needed} {what} on this model, the bound is {bound};"
                    " simplify it or shorten max_length"
                )
