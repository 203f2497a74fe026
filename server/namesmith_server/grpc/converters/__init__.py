"""Converters: messages to the engine's values, every bound checked before any work, and back.

A module converts the requests and responses of related RPCs; a handler calls the functions by the
module's name, so that a new RPC adds its functions to one file.
"""

from namesmith_server.grpc.converters import (
    constraint,
    describe,
    evaluate,
    generate,
    keys,
    questions,
    unique,
)
from namesmith_server.grpc.converters.generate import CostLimits
from namesmith_server.grpc.converters.lexicon import ExcludedTexts, Lexicon
from namesmith_server.grpc.converters.texts import TEXT_LISTS
from namesmith_server.grpc.converters.validator import Validator

__all__ = [
    "TEXT_LISTS",
    "CostLimits",
    "ExcludedTexts",
    "Lexicon",
    "Validator",
    "constraint",
    "describe",
    "evaluate",
    "generate",
    "keys",
    "questions",
    "unique",
]
