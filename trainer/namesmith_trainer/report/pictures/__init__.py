"""Charts as plain data for the SVG templates: lines, areas, and a PNG for saturation maps."""

from namesmith_trainer.report.pictures import areas, lines, runs
from namesmith_trainer.report.pictures.picture import Picture

__all__ = ["Picture", "areas", "lines", "runs"]
