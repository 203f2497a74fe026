"""Names out of a model, and the probability of names put in."""

from collections.abc import Callable, Iterable

from namesmith.v1 import names_pb2
from namesmith_client.call import Call
from namesmith_client.conditions import constraint_of, sampling_of
from namesmith_client.message import built, model_ref
from namesmith_client.results import GeneratedNames, ScoredNames


def generate(  # noqa: PLR0913 - the request's fields, by keyword
    count: int,
    *,
    seed: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    prefix: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
    suffix: str = "",
    contains: str = "",
    pattern: str = "",
    forbidden: Iterable[str] = (),
    novel: bool = False,
    distinct: bool = False,
    log_probs: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[GeneratedNames]:
    """Samples whole names. None leaves an argument to the server's default.

    Args:
        count: how many, in [1, 100000].
        seed: in [0, 2**64); the same seed and arguments give the same names. None: the server
            draws one; the result tells which.
        temperature: in [0, 10], 0 is greedy; None: 1.
        top_k: draw from the k most probable symbols, >= 0; 0 or None: from all.
        top_p: draw from the most probable symbols that sum to top_p, in (0, 1]; None: 1.
        min_p: draw from symbols at least min_p times as probable as the most probable one, in
            [0, 1]; None: 0.
        prefix: what each name begins with.
        min_length: fewest characters, prefix included, in [0, max_length]; None: 1.
        max_length: most characters, prefix included, in [1, 64]; None: 32.
        suffix: what each name ends with.
        contains: what stands somewhere in each name.
        pattern: regular expression that each whole name matches, at most 500 characters.
        forbidden: up to 10,000 names that are never returned.
        novel: whether names of the training split are never returned.
        distinct: whether no name may stand twice: drawn without replacement.
        log_probs: whether log-probabilities are wanted.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(
        names_pb2.GenerateNamesRequest,
        model=model_ref(model),
        count=count,
        seed=seed,
        sampling=sampling_of(temperature, top_k, top_p, min_p),
        constraint=constraint_of(
            prefix, min_length, max_length, suffix, contains, pattern, forbidden, novel
        ),
        with_log_probs=log_probs,
        distinct=distinct,
    )
    return Call(lambda stubs: stubs.names.GenerateNames, request, _generated(log_probs), timeout)


def stream(  # noqa: PLR0913 - the request's fields, by keyword
    count: int,
    *,
    seed: int | None = None,
    temperature: float | None = None,
    top_k: int | None = None,
    top_p: float | None = None,
    min_p: float | None = None,
    prefix: str = "",
    min_length: int | None = None,
    max_length: int | None = None,
    suffix: str = "",
    contains: str = "",
    pattern: str = "",
    forbidden: Iterable[str] = (),
    novel: bool = False,
    distinct: bool = False,
    log_probs: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[GeneratedNames]:
    """Samples any number of names, read while they are made; memory stays flat.

    The names are those that ``generate`` gives for the same arguments and seed. Closing the
    stream, or leaving its ``with`` block or the loop over it early, ends the server's work.

    Args:
        count: how many, in [1, 10**9]; at most 100000 distinct ones.
        seed: as ``generate``, as all arguments up to distinct.
        temperature: in [0, 10]; None: 1.
        top_k: >= 0; 0 or None: all symbols.
        top_p: in (0, 1]; None: 1.
        min_p: in [0, 1]; None: 0.
        prefix: what each name begins with.
        min_length: in [0, max_length]; None: 1.
        max_length: in [1, 64]; None: 32.
        suffix: at most max_length characters.
        contains: at most max_length characters.
        pattern: at most 500 characters.
        forbidden: at most 10,000 names.
        novel: none of the training split's.
        distinct: none twice.
        log_probs: whether log-probabilities are wanted; they stand in the chunks.
        model: name of the model; empty: the server's default.
        timeout: seconds until the last name must have come; None: no limit.

    Raises:
        NamesmithError: while names are read: one of its kinds; see ``namesmith_client.errors``.
    """
    request = built(
        names_pb2.StreamNamesRequest,
        model=model_ref(model),
        count=count,
        seed=seed,
        sampling=sampling_of(temperature, top_k, top_p, min_p),
        constraint=constraint_of(
            prefix, min_length, max_length, suffix, contains, pattern, forbidden, novel
        ),
        with_log_probs=log_probs,
        distinct=distinct,
    )
    return Call(lambda stubs: stubs.names.StreamNames, request, _generated(log_probs), timeout)


def score(
    names: Iterable[str],
    *,
    per_character: bool = False,
    model: str = "",
    timeout: float | None = None,
) -> Call[ScoredNames]:
    """The probability that the model gives to each name.

    Args:
        names: 1 to 100,000 names of 0 to 1,024 characters.
        per_character: whether the log-probability of every symbol is wanted too.
        model: name of the model; empty: the server's default.
        timeout: seconds the call may take; None: the client's.

    Raises:
        NamesmithError: one of its kinds; see ``namesmith_client.errors``.
    """
    if isinstance(names, str):
        raise TypeError(f"names: {names!r} is one name, a list of names is expected")
    given = tuple(names)
    request = built(
        names_pb2.ScoreNamesRequest,
        model=model_ref(model),
        names=given,
        per_character=per_character,
    )

    def convert(response: names_pb2.ScoreNamesResponse) -> ScoredNames:
        scores = response.scores
        return ScoredNames(
            names=given,
            log_probs=tuple(one.log_prob for one in scores),
            character_log_probs=(
                tuple(tuple(one.character_log_probs) for one in scores) if per_character else None
            ),
            model=response.model,
            version=response.version,
        )

    return Call(lambda stubs: stubs.names.ScoreNames, request, convert, timeout)


def _generated(
    log_probs: bool,  # noqa: FBT001 - as asked for
) -> Callable[[names_pb2.GenerateNamesResponse | names_pb2.StreamNamesResponse], GeneratedNames]:
    def convert(
        response: names_pb2.GenerateNamesResponse | names_pb2.StreamNamesResponse,
    ) -> GeneratedNames:
        return GeneratedNames(
            # A slice is the fastest way out of a repeated field: one pass, in C.
            names=tuple(response.names[:]),
            log_probs=tuple(response.log_probs[:]) if log_probs else None,
            seed=response.seed,
            model=response.model,
            version=response.version,
            exhausted=response.exhausted,
            acceptance_rate=(
                response.acceptance_rate if response.HasField("acceptance_rate") else None
            ),
            gave_up=response.gave_up,
        )

    return convert
