"""GenerateNames over a real connection: its names, their log-probabilities, and refusals."""

import math
from typing import Any

import grpc
import pytest

from namesmith.v1.names_pb2 import (
    Constraint,
    GenerateNamesRequest,
    ListTopNamesRequest,
    MeasureConstraintRequest,
    Sampling,
    ScoreNamesRequest,
    StreamNamesRequest,
)
from refusals import refusal


def generate(count: int = 1, **fields: Any) -> GenerateNamesRequest:
    """Return a request of one name unless the fields say otherwise."""
    return GenerateNamesRequest(count=count, **fields)


async def test_names_come_with_their_log_probabilities_and_the_seed(names: Any) -> None:
    """Arrays are parallel, the seed is echoed, each log-probability is the score of its name."""
    request = generate(20, seed=2**64 - 1, with_log_probs=True)
    answer = await names.GenerateNames(request)
    assert (answer.seed, answer.model, answer.version) == (2**64 - 1, "us-names", 1)
    assert len(answer.names) == len(answer.log_probs) == 20
    scored = await names.ScoreNames(ScoreNamesRequest(names=answer.names))
    assert [score.log_prob for score in scored.scores] == list(answer.log_probs)
    assert (await names.GenerateNames(request)) == answer


async def test_a_drawn_seed_is_echoed_and_gives_the_names_again(names: Any) -> None:
    """Without a seed the server draws one, and a call with that seed gives the same names."""
    answer = await names.GenerateNames(generate(5))
    assert (await names.GenerateNames(generate(5, seed=answer.seed))).names == answer.names
    assert (await names.GenerateNames(generate(5))).seed != answer.seed


async def test_a_drawn_seed_is_one_that_a_double_holds(names: Any) -> None:
    """A reader who holds numbers as doubles, as JavaScript does, can ask for the names again."""
    seeds = [(await names.GenerateNames(generate(1))).seed for _ in range(100)]
    assert max(seeds) < 2**53
    assert max(seeds) > 2**46


async def test_constrained_names_unary_and_streamed_are_the_same(names: Any) -> None:
    """Every field of a constraint reaches the engine, and no name is rejected."""
    constraint = Constraint(
        prefix="ka",
        suffix="a",
        contains="L",
        pattern="[a-z]{3}.*",
        forbidden=["kayla", "KAYLA"],
        novel=True,
        min_length=4,
        max_length=9,
    )
    answer = await names.GenerateNames(
        GenerateNamesRequest(count=300, seed=4, constraint=constraint)
    )
    stream = names.StreamNames(StreamNamesRequest(count=300, seed=4, constraint=constraint))
    assert [name async for part in stream for name in part.names] == list(answer.names)
    for name in answer.names:
        assert name.startswith("ka")
        assert name.endswith("a")
        assert "l" in name
        assert name != "kayla"
        assert 4 <= len(name) <= 9
    assert not answer.exhausted
    assert not answer.HasField("acceptance_rate")


async def test_an_answer_says_that_there_are_no_more_distinct_names(names: Any) -> None:
    """An answer with fewer names than asked for holds all of them, and is exhausted."""
    constraint = Constraint(pattern="ann?a?")
    request = generate(100, seed=1, constraint=constraint, distinct=True)
    answer = await names.GenerateNames(request)
    assert sorted(answer.names) == ["an", "ana", "ann", "anna"]
    assert answer.exhausted
    request.count = 3
    some = await names.GenerateNames(request)
    assert list(some.names) == list(answer.names)[:3]
    assert not some.exhausted
    stream = names.StreamNames(
        StreamNamesRequest(count=100, seed=1, constraint=request.constraint, distinct=True)
    )
    assert [(list(part.names), part.exhausted) async for part in stream] == [
        (list(answer.names), True)
    ]


NONE = "no name satisfies the constraint under this sampling"
RARE = "names that satisfy the constraint have a probability below 1e-300 under this sampling"


@pytest.mark.parametrize(
    ("temperature", "fields", "message"),
    [
        (1, {"pattern": "[^a-z]"}, NONE),
        (1, {"pattern": "anna", "forbidden": ["anna"]}, NONE),
        (0, {"min_length": 31}, NONE),
        (0.2, {"pattern": "(qxz){20}", "max_length": 64}, RARE),
        pytest.param(
            *(0.022, {"prefix": "qxzqxz", "min_length": 64, "max_length": 64}),
            RARE,
            marks=pytest.mark.slow,
        ),
        pytest.param(
            *(0.022, {"prefix": "qxzqxz", "suffix": "qxz", "min_length": 64, "max_length": 64}),
            RARE,
            marks=pytest.mark.slow,
        ),
        pytest.param(*(0.02, {"min_length": 64, "max_length": 64}), RARE, marks=pytest.mark.slow),
    ],
)
async def test_unsatisfiable_and_too_rare_constraints_are_told_apart(
    names: Any, temperature: float, fields: dict[str, Any], message: str
) -> None:
    """No name is drawn under either constraint; questions are answered under the rare one."""
    sampling = Sampling(temperature=temperature)
    request = GenerateNamesRequest(count=1, sampling=sampling, constraint=Constraint(**fields))
    code, told, _, kinds = await refusal(names.GenerateNames(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert told.startswith(message)
    assert kinds == {"ErrorInfo"}
    asked = {"sampling": sampling, "constraint": request.constraint}
    measured = await names.MeasureConstraint(MeasureConstraintRequest(**asked))
    assert measured.probability < 1e-300
    assert (measured.names > 0) == (message is RARE)
    top = ListTopNamesRequest(count=1, **asked)
    if message is NONE:
        assert (await refusal(names.ListTopNames(top)))[:2] == (code, told)
    else:
        (log_prob,) = (await names.ListTopNames(top)).log_probs
        assert -1e5 < log_prob < math.log(1e-300)


async def test_an_unsatisfiable_request_is_a_failed_precondition(names: Any) -> None:
    """Valid arguments that together admit no name are told apart from invalid arguments."""
    request = generate(sampling=Sampling(top_k=1), constraint=Constraint(min_length=31))
    code, message, _, kinds = await refusal(names.GenerateNames(request))
    assert code is grpc.StatusCode.FAILED_PRECONDITION
    assert message.startswith("no name")
    assert kinds == {"ErrorInfo"}
