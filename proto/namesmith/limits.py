"""The limits of the wire: each number that server, client and trainer must agree on.

The comments of ``proto/namesmith/v1`` repeat the limits for readers of the contract, and a test
compares the comments with this file.
"""

MAX_LENGTH = 64
"""Largest number of characters of a name that a request can ask for."""

DEFAULT_MIN_LENGTH = 1
"""Least number of characters of a name where a request sets no minimum."""

DEFAULT_MAX_LENGTH = 32
"""Largest number of characters of a name where a request sets no maximum."""

MAX_TEXT_CHARACTERS = 1_024
"""Largest number of characters of a name, a prefix, a suffix or a contained text in a request."""

MAX_TEMPERATURE = 10
"""Largest temperature; the least temperature is 0, at which drawing is greedy."""

MAX_PATTERN_CHARACTERS = 500
"""Largest number of characters of a regular expression."""

MAX_PATTERN_POSITIONS = 1_000
"""Largest number of positions of a pattern: its characters, each counted once per repetition."""

MAX_PATTERN_DEPTH = 50
"""Largest depth of nested groups in a regular expression."""

MAX_FORBIDDEN_NAMES = 10_000
"""Largest number of forbidden names of one constraint."""

MAX_FORBIDDEN_CHARACTERS = 100_000
"""Largest number of characters of all forbidden names of one constraint together."""

MAX_EXCLUDED_TEXTS = 10_000
"""Largest number of texts that stand nowhere in the names of one constraint."""

MAX_EXCLUDED_TEXT_CHARACTERS = 64
"""Largest number of characters of one such text; the least number is 1."""

MAX_EXCLUDED_CHARACTERS = 100_000
"""Largest number of characters of all such texts of one constraint together."""

MAX_MIN_DISTANCE = 3
"""Largest edit distance that a constraint can ask for between a name and the training names."""

MAX_ALTERNATIVES = 1_000
"""Largest number of texts of which a name must begin, or end, with one."""

MAX_ROW = 1 << 62
"""Bound of the rows of a request: its first row and its count together are no more."""

MAX_NAMED_KEYS = 100_000
"""Largest number of keys, or numbers, of a NameKeys call, and of names of a KeyOfName call."""

MAX_KEY_BYTES = 1_024
"""Largest number of bytes of a key."""

MIN_SECRET_BYTES = 16
"""Least number of bytes of a secret."""

MAX_SECRET_BYTES = 1_024
"""Largest number of bytes of a secret."""

MAX_SECRET_NAME_CHARACTERS = 128
"""Largest number of characters of the name of a server's secret."""

DEFAULT_CAPACITY = 1_000_000
"""Number of numbers that have unique names where a request sets no capacity."""

MAX_CAPACITY = 1 << 40
"""Largest number of numbers that can have unique names."""

MAX_BLEND_CHARACTERS = 1_024
"""Largest number of characters of a blend of models in a model's place."""

MAX_BLENDED_MODELS = 8
"""Largest number of models of a blend; the least number is 2."""

MAX_DATA_LABELS = 16
"""Largest number of labels of a model's data, and of a filter by them."""

MAX_DATA_LABEL_CHARACTERS = 64
"""Largest number of characters of the key, and of the value, of a label of a model's data."""

MAX_LICENCE_CHARACTERS = 128
"""Largest number of characters of the licence of a model's data."""

MAX_SOURCE_CHARACTERS = 1_024
"""Largest number of characters of the address of the source of a model's data."""

MAX_GENERATED_NAMES = 100_000
"""Largest number of names of one GenerateNames call."""

MAX_STREAMED_NAMES = 10**9
"""Largest number of names of one StreamNames call."""

MAX_DISTINCT_NAMES = 100_000
"""Largest number of names of one call that asks for distinct names."""

MAX_SCORED_NAMES = 100_000
"""Largest number of names of a ScoreNames request or a message of an EvaluateNames call."""

MAX_TOP_NAMES = 10_000
"""Largest number of names of one ListTopNames call."""

MAX_FLOOR_NATS = 1_000_000
"""Largest absolute value of the floor above which MeasureConstraint counts names, in nats."""

MAX_COUNTED_NAMES = 100_000
"""Largest number of names above a floor that MeasureConstraint counts."""

MAX_EXPANDED_PREFIXES = 1 << 18
"""Budget of a search of a model without a chain: the number of prefixes of names whose next symbols
ListTopNames asks the model for, and MeasureConstraint for each count; some seconds of work."""

MAX_REJECTED_IN_A_ROW = 10_000
"""Number of candidates rejected in a row after which a call to a model without a chain gives up."""

DEFAULT_MAX_SYMBOLS = 2_000_000
"""Default of a server's limit on the cost of a unary call, count x max_length, in symbols."""

MAX_MESSAGE_BYTES = 4 << 20
"""Size in bytes of the largest message that a server reads, decompressed: two million characters in
100,000 names of ASCII letters take 2.2 MiB."""

MAX_QUESTION_BYTES = 2 << 20
"""Size in bytes of the largest request other than a list of names, decompressed: 100,000 forbidden
characters take half a megabyte at most."""

MAX_METADATA_BYTES = 16 << 10
"""Size in bytes of the largest metadata of a call, with 32 bytes for each entry."""

MAX_RESPONSE_BYTES = 64 << 20
"""Size in bytes of the largest message that a server sends and a client reads."""

REQUEST_SECONDS = 20
"""Seconds after which a server ends a call whose request is not complete."""

NEXT_MESSAGE_SECONDS = 60
"""Seconds after which a server ends a stream of requests whose next message is not complete."""

UNREAD_SECONDS = 60
"""Seconds for which a reader may let a stream of responses wait."""

MAX_MODEL_NAME_CHARACTERS = 128
"""Largest number of characters of the name of a model."""

MAX_LABEL_CHARACTERS = 64
"""Largest number of characters of a label of a model's version."""

RANKED_DECIMALS = 9
"""Number of decimals to which ListTopNames compares log-probabilities.

Names whose log-probabilities are equal to this number of decimals are ordered by their symbols.
"""

MAX_LOG_PROB_DIFFERENCE = 0.1
"""Largest difference in log-probability, in nats, of an exported form from its network.

The trainer publishes no larger difference, and no reader takes one. Ordinary networks are below
1e-5; the difference is rounding in float32, which grows with the numbers of a network.
"""

ASSUMED_LOG_PROB_DIFFERENCE = 1e-4
"""Difference in log-probability, in nats, of an exported form from its network where the manifest
records none, as in bundles of namesmith 0.1."""

MAX_VERSION = 10**18 - 1
"""Largest version of a model: the folders of versions have at most 18 digits."""
