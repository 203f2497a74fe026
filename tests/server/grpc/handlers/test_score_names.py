"""ScoreNames over a real connection: the log-probability of a name is the sum of its parts."""

from typing import Any

import pytest

from namesmith.v1.names_pb2 import ScoreNamesRequest


async def test_a_score_is_the_sum_of_its_characters(names: Any) -> None:
    """Each character and the end symbol have a value; the empty name is the end symbol alone."""
    request = ScoreNamesRequest(names=["anna", "", "ANNA"], per_character=True)
    scores = (await names.ScoreNames(request)).scores
    assert [len(score.character_log_probs) for score in scores] == [5, 1, 5]
    for score in scores:
        assert score.log_prob == pytest.approx(sum(score.character_log_probs), rel=1e-6)
        assert all(value < 0 for value in score.character_log_probs)
    assert scores[0] == scores[2]


async def test_plausibilities_come_where_they_are_asked_for(names: Any) -> None:
    """They rise with the log-probability; the response tells their resolution."""
    request = ScoreNamesRequest(names=["anna", "zqxj", "", "maria"], with_plausibility=True)
    answer = await names.ScoreNames(request)
    found = sorted((one.log_prob, one.plausibility) for one in answer.scores)
    values = [value for _, value in found]
    assert values == sorted(values)
    assert 0 < values[0] < 0.05
    assert 0.5 < values[-1] < 1
    assert 0 < answer.plausibility_resolution < 2
    assert not answer.HasField("plausibility_draws")
    plain = await names.ScoreNames(ScoreNamesRequest(names=["anna"]))
    assert not plain.scores[0].HasField("plausibility")
    assert not plain.HasField("plausibility_resolution")
