"""What the makemore lectures publish, to lay beside a run on the same names.

The file itself is not ours to ship; it is recognised by the hash of its bytes.
"""

from namesmith_trainer.data import Names
from namesmith_trainer.recipe import PUBLISHED

NAMES_TXT = frozenset(
    {
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        "816d2a728695db28a20e17eae61c9c423091a511b3df09a06a489dccbf0876c7",
    }
)
"""SHA-256 of makemore's names.txt, without and with a newline after the last name."""


def figures(data: Names, recipe: str) -> dict[str, float]:
    """The published loss of each split, nats; empty where none is published for these names."""
    if data.sha256 not in NAMES_TXT or data.distinct or recipe not in PUBLISHED:
        return {}
    losses = PUBLISHED[recipe]._asdict()
    return {split: loss for split, loss in losses.items() if loss is not None}
