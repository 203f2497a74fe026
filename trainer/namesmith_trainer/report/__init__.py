"""The report of a training run: its numbers, its HTML page, and runs compared side by side.

``diagnostics`` measures a run, ``pictures`` draws charts; the modules here write the findings and
render the pages. A page is one self-contained HTML file with SVG charts, no script, and no request.
"""

from namesmith_trainer.report.diagnostics import (
    ChainDiagnostics,
    Diagnostics,
    NetworkDiagnostics,
    diagnose,
    dumps,
)
from namesmith_trainer.report.manifest_facts import summarise
from namesmith_trainer.report.pages import comparison_page, rates_page, report_page
from namesmith_trainer.report.table import comparison_table

__all__ = [
    "ChainDiagnostics",
    "Diagnostics",
    "NetworkDiagnostics",
    "comparison_page",
    "comparison_table",
    "diagnose",
    "dumps",
    "rates_page",
    "report_page",
    "summarise",
]
