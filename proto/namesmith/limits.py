"""The limits of the wire: each number that server, client and trainer must agree on, said once.

The comments of ``proto/namesmith/v1`` repeat them for readers of the contract, and a test holds
the comments to this file.
"""

MAX_LENGTH = 64
"""Characters of the longest name that can be asked for."""

DEFAULT_MIN_LENGTH = 1
"""Fewest characters of a name where a request leaves the bound unset."""

DEFAULT_MAX_LENGTH = 32
"""Most characters of a name where a request leaves the bound unset."""

MAX_TEXT_CHARACTERS = 1_024
"""Characters of one name, prefix, suffix or part that a request holds."""

MAX_TEMPERATURE = 10
"""Largest temperature; the least is 0, which is greedy."""

MAX_PATTERN_CHARACTERS = 500
"""Characters of a regular expression."""

MAX_PATTERN_POSITIONS = 1_000
"""Characters of a regular expression, each counted as often as it is repeated."""

MAX_PATTERN_DEPTH = 50
"""Groups of a regular expression that stand in each other."""

MAX_FORBIDDEN_NAMES = 10_000
"""Forbidden names of one constraint."""

MAX_FORBIDDEN_CHARACTERS = 100_000
"""Characters of all forbidden names of one constraint together."""

MAX_GENERATED_NAMES = 100_000
"""Names of one GenerateNames call."""

MAX_STREAMED_NAMES = 10**9
"""Names of one StreamNames call."""

MAX_DISTINCT_NAMES = 100_000
"""Names of one call that asks for distinct ones."""

MAX_SCORED_NAMES = 100_000
"""Names of one ScoreNames request, or of one message of an EvaluateNames call."""

MAX_TOP_NAMES = 10_000
"""Names of one ListTopNames call."""

MAX_FLOOR_NATS = 1_000_000
"""Largest absolute value of the log-probability above which names are counted, in nats."""

MAX_COUNTED_NAMES = 100_000
"""Names above a floor that MeasureConstraint counts."""

MAX_REJECTED_IN_A_ROW = 10_000
"""Candidates in a row that a model without a table rejects before a call gives up."""

DEFAULT_MAX_SYMBOLS = 2_000_000
"""Cost limit of a unary call, count x max_length, unless a server is configured otherwise."""

MAX_MESSAGE_BYTES = 8 << 20
"""Bytes of the largest request that a server reads."""

MAX_RESPONSE_BYTES = 64 << 20
"""Bytes of the largest message that a server sends and a client reads."""

MAX_MODEL_NAME_CHARACTERS = 128
"""Characters of the name of a model."""

RANKED_DECIMALS = 9
"""Decimals to which ListTopNames compares log-probabilities before it orders names by symbols."""

MAX_LOG_PROB_DIFFERENCE = 1e-4
"""Largest difference in log-probability, in nats, of an exported form from its network.

The trainer publishes no bundle with a larger one; a server assumes it of a bundle whose manifest
records none.
"""
