"""The numbers of a report, from which the notebook's pictures of a run are drawn.

This package knows tensors and numbers; it knows no HTML. ``diagnose`` computes everything, and
nothing is computed unless a report is asked for.
"""

from namesmith_trainer.report.diagnostics.context_lengths import ContextLength
from namesmith_trainer.report.diagnostics.curve import TINY, LossCurve
from namesmith_trainer.report.diagnostics.histogram import Histogram
from namesmith_trainer.report.diagnostics.pairs import Pairs
from namesmith_trainer.report.diagnostics.run_diagnostics import (
    ChainDiagnostics,
    Diagnostics,
    NetworkDiagnostics,
    diagnose,
    dumps,
)
from namesmith_trainer.report.diagnostics.samples import LIMIT, Samples
from namesmith_trainer.report.diagnostics.saturation import EXTREME, THRESHOLD, SaturationMap
from namesmith_trainer.report.diagnostics.scaled_output import FACTOR, ScaledOutput
from namesmith_trainer.report.diagnostics.snapshot import Layer
from namesmith_trainer.report.diagnostics.teaching import Divergence, Teaching

__all__ = [
    "EXTREME",
    "FACTOR",
    "LIMIT",
    "THRESHOLD",
    "TINY",
    "ChainDiagnostics",
    "ContextLength",
    "Diagnostics",
    "Divergence",
    "Histogram",
    "Layer",
    "LossCurve",
    "NetworkDiagnostics",
    "Pairs",
    "Samples",
    "SaturationMap",
    "ScaledOutput",
    "Teaching",
    "diagnose",
    "dumps",
]
