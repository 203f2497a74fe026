"""Reads the names that the options of a command name."""

from namesmith_trainer.data import Names, Shares


def read_names(  # noqa: PLR0913 - each is an option of the command line
    data: str,
    *,
    distinct: bool,
    lower: bool,
    skip_invalid: bool,
    column: str | None,
    weights: bool,
    split: Shares | None,
    val_data: str | None,
) -> Names:
    """Read the names of ``--data`` and ``--val-data``, cut as ``--split`` says.

    Raises:
        DataError: a file cannot be trained on.
    """

    def read(source: str) -> Names:
        return Names.read(
            source,
            distinct=distinct,
            lower=lower,
            skip_invalid=skip_invalid,
            column=column,
            weights=weights,
        )

    validation = read(val_data) if val_data else None
    return read(data).cut(split, validation, skip_invalid=skip_invalid)
