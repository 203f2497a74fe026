"""What the makemore lectures publish for names.txt, to lay beside a run's own losses.

The file itself is not ours to ship; it is recognised by the hash of its bytes.
"""

from collections.abc import Mapping
from types import MappingProxyType

from namesmith_trainer.data import Names

NAMES_TXT = frozenset(
    {
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        "816d2a728695db28a20e17eae61c9c423091a511b3df09a06a489dccbf0876c7",
    }
)
"""SHA-256 of makemore's names.txt, without and with a newline after the last name."""

FIGURES: Mapping[str, Mapping[str, float]] = MappingProxyType(
    {
        "baseline": {"train": 2.1245, "val": 2.1682},
        "softmax": {"train": 2.07, "val": 2.13},
        "saturation": {"train": 2.0356, "val": 2.1027},
        "kaiming": {"train": 2.0377, "val": 2.1070},
        "batchnorm": {"train": 2.0668, "val": 2.1048},
        "wavenet": {"train": 1.769, "val": 1.993},
    }
)
"""Loss by recipe and split, nats, after 200,000 steps (makemore, parts 3 and 5)."""


def figures(data: Names, recipe: str) -> Mapping[str, float]:
    """The published loss of each split, nats; empty where there is none for this data."""
    if data.sha256 not in NAMES_TXT or data.distinct:
        return {}
    return FIGURES.get(recipe, {})
