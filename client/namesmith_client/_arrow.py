"""Names as tables of Arrow, by pyarrow."""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa

    from namesmith_client._generated_names import GeneratedNames


def table_of(names: "GeneratedNames") -> "pa.Table":
    """Return sampled names as a table, with their origin in the metadata of its schema."""
    pa = require_pyarrow()
    fields = [pa.field("name", pa.string(), nullable=False)]
    columns: list[object] = [pa.array(names.names, pa.string())]
    if names.log_probs is not None:
        fields.append(pa.field("log_probability", pa.float64(), nullable=False))
        columns.append(pa.array(names.log_probs, pa.float64()))
    origin = {key: str(getattr(names, key)) for key in ("seed", "model", "version")}
    return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata=origin))


def require_pyarrow() -> Any:  # noqa: ANN401 - a module without types
    """Return the module pyarrow.

    Raises:
        ImportError: it is not installed; the message names the extra.
    """
    try:
        import pyarrow as pa  # noqa: PLC0415 - of an extra
    except ImportError as error:
        raise ImportError("needs pyarrow: pip install 'namesmith-client[arrow]'") from error
    return pa
