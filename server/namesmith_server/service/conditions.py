"""How names are drawn and what they satisfy: from messages to what the engine takes."""

from collections import defaultdict
from collections.abc import Sequence

from namesmith.v1 import names_pb2 as pb
from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.parameters import MAX_LENGTH, Constraint, Language, Sampling
from namesmith_server.service.check import Check

MAX_CHARACTERS = 1_024
MAX_FORBIDDEN = 10_000
MAX_FORBIDDEN_CHARACTERS = 100_000

SHOWN_VIOLATIONS = 16
"""More of a request's forbidden names are not looked at."""

SAMPLING, CONSTRAINT, LANGUAGE = Sampling(), Constraint(), Language()
"""What unset fields mean."""


def conditions(
    request: pb.GenerateNamesRequest
    | pb.StreamNamesRequest
    | pb.MeasureConstraintRequest
    | pb.ListTopNamesRequest,
    vocabulary: Vocabulary,
    check: Check,
) -> tuple[Sampling, Constraint]:
    """How names are drawn and what they satisfy; adds violations to the check."""
    sampling, constraint = SAMPLING, CONSTRAINT
    if request.HasField("sampling"):
        sampling = _sampling(request.sampling, len(vocabulary), check)
    if request.HasField("constraint"):
        constraint = _constraint(request.constraint, vocabulary, check)
    return sampling, constraint


def _sampling(message: pb.Sampling, vocab_size: int, check: Check) -> Sampling:
    sampling = Sampling(
        message.temperature if message.HasField("temperature") else SAMPLING.temperature,
        message.top_k,
        message.top_p if message.HasField("top_p") else SAMPLING.top_p,
        message.min_p if message.HasField("min_p") else SAMPLING.min_p,
    )
    check.within("sampling.temperature", sampling.temperature, 0, 10)
    check.within("sampling.top_k", sampling.top_k, 0, vocab_size)
    check.that(0 < sampling.top_p <= 1, "sampling.top_p", f"{sampling.top_p} is not in (0, 1]")
    check.within("sampling.min_p", sampling.min_p, 0, 1)
    return sampling


def _constraint(message: pb.Constraint, vocabulary: Vocabulary, check: Check) -> Constraint:
    longest = message.max_length if message.HasField("max_length") else CONSTRAINT.max_length
    check.within("constraint.max_length", longest, 1, MAX_LENGTH)
    prefix = _part("prefix", message.prefix, longest, vocabulary, check)
    shortest = CONSTRAINT.min_length
    if message.HasField("min_length"):
        shortest = message.min_length
        check.within("constraint.min_length", shortest, 0, longest)
    language = Language(
        _part("suffix", message.suffix, longest, vocabulary, check),
        _part("contains", message.contains, longest, vocabulary, check),
        message.pattern,
        _forbidden(message.forbidden, vocabulary, check),
        message.novel,
    )
    return Constraint(prefix, shortest, longest, language if language != LANGUAGE else None)


def _part(
    field: str, text: str, longest: int, vocabulary: Vocabulary, check: Check
) -> tuple[int, ...]:
    """A part of a name, as ids; none, where it is refused."""
    part: tuple[int, ...] = ()
    if len(text) <= MAX_CHARACTERS:
        part = check.encoded(f"constraint.{field}", text, vocabulary)
    length = max(len(part), len(text) if not part else 0)
    check.that(
        length <= longest,
        f"constraint.{field}",
        f"{length} characters, at most max_length = {longest} are allowed",
    )
    return part


def _forbidden(
    given: Sequence[str], vocabulary: Vocabulary, check: Check
) -> tuple[tuple[int, ...], ...]:
    """Forbidden names, each once, without those too long to be drawn."""
    check.that(
        len(given) <= MAX_FORBIDDEN,
        "constraint.forbidden",
        f"{len(given)} names, at most {MAX_FORBIDDEN} are allowed",
    )
    characters = sum(map(len, given[:MAX_FORBIDDEN]))
    if characters > MAX_FORBIDDEN_CHARACTERS:
        check.fail(
            "constraint.forbidden",
            f"{characters} characters, at most {MAX_FORBIDDEN_CHARACTERS} are allowed",
        )
        return ()
    encoded: dict[tuple[int, ...], None] = {}
    ids_of = defaultdict(int, vocabulary.ids).__getitem__  # END of what is no symbol
    for i, name in enumerate(given[:MAX_FORBIDDEN]):
        field = f"constraint.forbidden[{i}]"
        if len(name) > MAX_CHARACTERS:
            check.fail(field, f"{len(name)} characters, at most {MAX_CHARACTERS} are allowed")
            continue
        word = tuple(map(ids_of, vocabulary.normalise(name)))
        encoded[word] = None
        if END in word:
            check.encoded(field, name, vocabulary)
        if len(check.violations) >= SHOWN_VIOLATIONS:
            break
    return tuple(name for name in encoded if len(name) <= MAX_LENGTH)
