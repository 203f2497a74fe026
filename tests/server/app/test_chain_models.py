"""A model with a chain answers alike on every backend, with compiled code and without."""

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import get_args

import numpy as np
import pytest
import torch

from chain_bundles import draw_name
from drawing import SAMPLINGS, drawn
from namesmith.bundle import CHAIN, Bundle
from namesmith_server.app.loading import load_repository
from namesmith_server.app.settings import Settings
from namesmith_server.backends import TableBackend, open_backend
from namesmith_server.engine import Chain, Constraint, GenerateRequest, Model, Sampling, native

MODELS = ("definite_repository", "wandering_repository")
