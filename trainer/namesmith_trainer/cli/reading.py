"""Reads the names that the options of a command name."""

from namesmith_trainer.data import Names, Shares


def read_names(
    data: str, *, distinct: bool, weights: bool, split: Shares | None, val_data: str | None
) -> Names:
    """Read the names of ``--data`` and ``--val-data``, cut as ``--split`` says.

    Raises:
        DataError: a file cannot be trained on.
    """
    names = Names.read(data, distinct=distinct, weights=weights)
    validation = None
    if val_data:
        validation = Names.read(val_data, distinct=distinct, weights=weights)
    return names.cut(split, validation)
