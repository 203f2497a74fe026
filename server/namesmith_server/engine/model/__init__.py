"""A loaded model: its operations, its exact answers, and the assembly of its parts."""

from namesmith_server.engine.model.assembly import assemble_model
from namesmith_server.engine.model.estimates import Interval
from namesmith_server.engine.model.exact_inference import ExactInference
from namesmith_server.engine.model.inference import (
    Description,
    Estimate,
    Inference,
    Measure,
    TopNames,
)
from namesmith_server.engine.model.ingredients import Ingredients
from namesmith_server.engine.model.model import Model
from namesmith_server.engine.model.network_inference import NetworkInference
from namesmith_server.engine.model.split_losses import TRAINING

__all__ = [
    "TRAINING",
    "Description",
    "Estimate",
    "ExactInference",
    "Inference",
    "Ingredients",
    "Interval",
    "Measure",
    "Model",
    "NetworkInference",
    "TopNames",
    "assemble_model",
]
