"""A loaded model: its operations, its exact answers, and the assembly of its parts."""

from namesmith_server.engine.model.assembly import assemble_model
from namesmith_server.engine.model.exact_inference import (
    Description,
    ExactInference,
    Measure,
    TopNames,
)
from namesmith_server.engine.model.model import Model

__all__ = ["Description", "ExactInference", "Measure", "Model", "TopNames", "assemble_model"]
