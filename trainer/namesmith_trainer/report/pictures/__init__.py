"""Charts as plain data for the SVG templates: axes, lines, areas, and a PNG for saturation maps."""

from namesmith_trainer.report.pictures import areas, lines
from namesmith_trainer.report.pictures.picture import Picture

__all__ = ["Picture", "areas", "lines"]
