"""The losses that the makemore lectures report, for a run on the lectures' own names.

The lectures' names.txt is not part of this package; the file is recognised by its hash.
"""

from namesmith_trainer.data import Names
from namesmith_trainer.models import LECTURE_LOSSES

NAMES_TXT = frozenset(
    {
        "0a30b5557f192f32ab962680889aac5f6fda0f4cecf40a6d0b5694f58ea8cc4d",
        "816d2a728695db28a20e17eae61c9c423091a511b3df09a06a489dccbf0876c7",
    }
)
"""SHA-256 of makemore's names.txt, without and with a newline after the last name."""


def lecture_losses(data: Names, recipe: str) -> dict[str, float]:
    """Return the losses in nats that a lecture reports for a recipe, by split.

    Args:
        data: names of the run; only names.txt with its repeated names has reported losses.
        recipe: name of the recipe.

    Returns:
        losses by split; empty where no lecture reports a loss of the recipe on these names.
    """
    if data.sha256 not in NAMES_TXT or data.distinct or recipe not in LECTURE_LOSSES:
        return {}
    losses = LECTURE_LOSSES[recipe]._asdict()
    return {split: loss for split, loss in losses.items() if loss is not None}
