"""The compiled modules, loaded together: all of them are there, or none is used.

The layouts that C and numpy share are compared at import: compiled code of another version is
refused, not run.
"""

from namesmith_server.engine.native import layouts

__all__ = [
    "_draw_symbols",
    "_memo",
    "_pairs",
    "_passes",
    "_product",
    "_ranks",
    "_records",
    "_surprisal",
    "_variants",
    "_walk",
    "available",
]

try:
    from namesmith_server.engine.native import (  # type: ignore[attr-defined]
        _draw_symbols,
        _memo,
        _pairs,
        _passes,
        _product,
        _ranks,
        _records,
        _surprisal,
        _variants,
        _walk,
    )
except ImportError:
    available = False
    """True if the compiled code is there; without it, no function of the folder may be called."""
    _draw_symbols = _memo = _pairs = _passes = _product = None
    _ranks = _records = _surprisal = _variants = _walk = None
else:
    available = True
    layouts.check("Layer", layouts.LAYER, getattr(_walk, "LAYER", None))
    layouts.check("Chain", layouts.CHAIN, getattr(_walk, "CHAIN", None))
    layouts.check("Symbol", layouts.SYMBOL, getattr(_records, "SYMBOL", None))
    layouts.check("Sequence", layouts.SEQUENCE, getattr(_draw_symbols, "SEQUENCE", None))
    layouts.check("RankedLayer", layouts.RANKED_LAYER, getattr(_ranks, "RANKED_LAYER", None))
    layouts.check("Ranks", layouts.RANKS, getattr(_ranks, "RANKS", None))
    layouts.check("Index", layouts.VARIANTS, getattr(_variants, "VARIANTS", None))
    layouts.check("Memo", layouts.MEMO, getattr(_memo, "MEMO", None))
    layouts.check("Product", layouts.PRODUCT, getattr(_product, "PRODUCT", None))
