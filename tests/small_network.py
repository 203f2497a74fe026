"""The small model of ``enumeration`` as a network of which nobody knows the chain."""

from enumeration import SIZE, table
from namesmith_server.backends import Backend, BackendConfig, Contexts, LogProbs


class SmallNetwork(Backend):
    """The small model, whose table has seed 3, as a network."""

    name = "small"
    file = "none"

    def __init__(self) -> None:
        super().__init__(b"", BackendConfig(vocab_size=SIZE, block_size=2))
        self.table = table(3)

    def log_probs(self, contexts: Contexts) -> LogProbs:
        """Return the rows of the contexts, float32 [B, V]."""
        rows: LogProbs = self.table[contexts[:, 0] * SIZE + contexts[:, 1]]
        return rows
