"""The engine: sampling, scoring, evaluation and exact questions; knows numpy and the domain only.

This module holds all names that the other packages of the server import. Each folder is an idea:

    distributions/   random numbers, logits processors, processed tables     (mathematics)
    constraints/     DFAs, the regular-expression compiler, kinds            (mathematics)
    keys/            secrets, the seeds of keys, and unique names
    numbering/       the most probable names of a chain, numbered            (mathematics)
    markov/          chains, trellis, ancestral sampling, beam search        (mathematics)
    native/          the compiled code
    concurrency/     cooperative executor, single-flight cache, memory, admission
    batching/        the scheduler of continuous batching, exact fallback
    search/          best-first search, for networks without a chain
    samplers/        the samplers: from a chain, in batches, by rejection
    blending/        blends of models
    model/           a loaded model, inference, losses of splits, the assembly of all
    core/            array types, the checkpoint
"""

from namesmith_server.engine.batching import CanonicalLogProbs, difference_of_forms
from namesmith_server.engine.blending import Blend, blend_models, estimated_size
from namesmith_server.engine.codec import Codec, contexts_of, count_records, encode_lines
from namesmith_server.engine.concurrency import (
    GREED,
    Admission,
    CooperativeExecutor,
    Ledger,
    MemoryGuard,
    MemoryKeeper,
    Permit,
    SingleFlightCache,
    background_threads,
    configure_allocator,
    return_memory,
)
from namesmith_server.engine.constraints import ContentConstraint, kinds
from namesmith_server.engine.core import (
    BATCH_SIZES,
    Counts,
    EncodedNames,
    Int64s,
    name_count,
    work_counts,
)
from namesmith_server.engine.distributions import Sampling
from namesmith_server.engine.errors import (
    MAX_SHOWN,
    BatchFailedError,
    CannotBlendError,
    CapacityError,
    ConstraintError,
    DeviceLostError,
    DeviceMemoryError,
    EngineError,
    GaveUpError,
    MemoryShortError,
    NoChainError,
    OverloadedError,
    PatternError,
    ShareError,
    TooComplexError,
    TooManyPendingError,
    TooRareError,
    UnknownSplitError,
    UnsatisfiableError,
    WorkTooLargeError,
    shown,
)
from namesmith_server.engine.keys import NO_NUMBER, Secret, UniqueScheme, seeds_of_keys
from namesmith_server.engine.markov import Chain
from namesmith_server.engine.model import (
    Description,
    Estimate,
    Interval,
    Measure,
    Model,
    TopNames,
    assemble_model,
)
from namesmith_server.engine.request import Constraint, GenerateRequest
from namesmith_server.engine.results import (
    KeyNames,
    Loss,
    NamesChunk,
    Plausibilities,
    Scores,
    SplitLoss,
    UniqueNames,
)

__all__ = [
    "BATCH_SIZES",
    "GREED",
    "MAX_SHOWN",
    "NO_NUMBER",
    "Admission",
    "BatchFailedError",
    "Blend",
    "CannotBlendError",
    "CanonicalLogProbs",
    "CapacityError",
    "Chain",
    "Codec",
    "Constraint",
    "ConstraintError",
    "ContentConstraint",
    "CooperativeExecutor",
    "Counts",
    "Description",
    "DeviceLostError",
    "DeviceMemoryError",
    "EncodedNames",
    "EngineError",
    "Estimate",
    "GaveUpError",
    "GenerateRequest",
    "Int64s",
    "Interval",
    "KeyNames",
    "Ledger",
    "Loss",
    "Measure",
    "MemoryGuard",
    "MemoryKeeper",
    "MemoryShortError",
    "Model",
    "NamesChunk",
    "NoChainError",
    "OverloadedError",
    "PatternError",
    "Permit",
    "Plausibilities",
    "Sampling",
    "Scores",
    "Secret",
    "ShareError",
    "SingleFlightCache",
    "SplitLoss",
    "TooComplexError",
    "TooManyPendingError",
    "TooRareError",
    "TopNames",
    "UniqueNames",
    "UniqueScheme",
    "UnknownSplitError",
    "UnsatisfiableError",
    "WorkTooLargeError",
    "assemble_model",
    "background_threads",
    "blend_models",
    "configure_allocator",
    "contexts_of",
    "count_records",
    "difference_of_forms",
    "encode_lines",
    "estimated_size",
    "kinds",
    "name_count",
    "return_memory",
    "seeds_of_keys",
    "shown",
    "work_counts",
]
