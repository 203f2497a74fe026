"""Converters: messages to the engine's values, every bound checked before any work, and back."""

from namesmith_server.grpc.converters.describe import describe_response, model_message
from namesmith_server.grpc.converters.evaluate import (
    evaluation_fields,
    no_names_error,
    parse_more_names,
    parse_names,
    score_messages,
    unknown_character_error,
)
from namesmith_server.grpc.converters.generate import (
    CostLimits,
    chunk_response,
    inline_response,
    parse_generate,
    parse_stream,
)
from namesmith_server.grpc.converters.questions import (
    measure_response,
    parse_measure,
    parse_top,
    top_response,
)

__all__ = [
    "CostLimits",
    "chunk_response",
    "describe_response",
    "evaluation_fields",
    "inline_response",
    "measure_response",
    "model_message",
    "no_names_error",
    "parse_generate",
    "parse_measure",
    "parse_more_names",
    "parse_names",
    "parse_stream",
    "parse_top",
    "score_messages",
    "top_response",
    "unknown_character_error",
]
