"""A loaded model: what it answers, and how it is put together."""

from namesmith_server.engine.model.assembly import assemble_model
from namesmith_server.engine.model.exact_inference import (
    Description,
    ExactInference,
    Measure,
    TopNames,
)
from namesmith_server.engine.model.model import Model

__all__ = ["Description", "ExactInference", "Measure", "Model", "TopNames", "assemble_model"]
