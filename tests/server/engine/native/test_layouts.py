"""The layouts that C and numpy share: code that was compiled with others is refused."""

import importlib
import subprocess
import sys

import numpy as np
import pytest

from namesmith_server.engine import native
from namesmith_server.engine.native import compiled as loaded
from namesmith_server.engine.native import layouts

LAYOUTS = {
    "_walk": {"LAYER": layouts.LAYER, "CHAIN": layouts.CHAIN},
    "_records": {"SYMBOL": layouts.SYMBOL},
    "_draw_symbols": {"SEQUENCE": layouts.SEQUENCE},
    "_memo": {"MEMO": layouts.MEMO},
    "_product": {"PRODUCT": layouts.PRODUCT},
    "_ranks": {"RANKED_LAYER": layouts.RANKED_LAYER, "RANKS": layouts.RANKS},
}
"""The layouts that each compiled module tells."""


def compiled_layouts() -> list[tuple[str, np.dtype[np.void], tuple[int, ...]]]:
    """Return name, layout in numpy and layout in C of each struct."""
    return [
        (name, layout, getattr(importlib.import_module(f"{native.__name__}.{module}"), name))
        for module, structs in LAYOUTS.items()
        for name, layout in structs.items()
    ]


def test_compiled_code_is_there() -> None:
    """There is a C compiler wherever the tests run, so that compiled code is tested."""
    assert native.available
    assert native.FEW >= 1


def test_the_engine_works_without_compiled_code() -> None:
    """A package that was built without a C compiler says so and takes no request inline."""
    code = (
        f"import sys; sys.modules['{native.__name__}._walk'] = None;"
        " from namesmith_server.engine import native; print(native.available, native.FEW)"
    )
    ended = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ended.stdout == "False 0\n"


def test_the_layouts_of_c_and_numpy_are_equal() -> None:
    """Each struct has an offset for each field and the size of numpy's layout."""
    for name, layout, compiled in compiled_layouts():
        layouts.check(name, layout, compiled)
        assert len(compiled) == len(layout.names or ()) + 1


def test_a_different_layout_is_refused() -> None:
    """A moved field, another size and another number of fields raise ImportError."""
    for name, layout, compiled in compiled_layouts():
        *offsets, size = compiled
        moved = [
            (*offsets[:i], offsets[i] + 1, *offsets[i + 1 :], size) for i in range(len(offsets))
        ]
        for other in (*moved, (*offsets, size + 8), (*offsets, size, size + 8), (size,)):
            with pytest.raises(ImportError, match=f"{name}: compiled as .*; build it anew"):
                layouts.check(name, layout, other)


def test_importing_compiled_code_of_another_version_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    """The package checks the layouts at import, before any of the code runs."""
    walk = importlib.import_module(f"{native.__name__}._walk")
    monkeypatch.setattr(walk, "CHAIN", (*walk.CHAIN[:-1], walk.CHAIN[-1] + 8))
    with pytest.raises(ImportError, match="Chain: compiled as"):
        importlib.reload(loaded)
    monkeypatch.undo()
    importlib.reload(loaded)


def test_an_array_that_is_not_contiguous_is_not_packed() -> None:
    """C reads an address; an array with gaps would be read wrongly."""
    with pytest.raises(ValueError, match="must be contiguous"):
        layouts.pack(
            probabilities=np.zeros((4, 6))[:, ::2],
            rounded=None,
            layers=[],
            completion=[],
            first=0,
            min_length=0,
        )
