"""ModelService over a real connection: the served models, and statistics of their names."""

from typing import Any

import pytest

from namesmith.v1.manifest_pb2 import Data
from namesmith.v1.models_pb2 import DescribeModelRequest, GetModelRequest, ListModelsRequest
from namesmith.v1.names_pb2 import Constraint, MeasureConstraintRequest, ModelRef
from namesmith_server.grpc.converters.describe import parse_list


async def test_models_are_listed_and_described(models: Any) -> None:
    """ListModels holds the models that GetModel answers, by name and by default."""
    listed = (await models.ListModels(ListModelsRequest())).models
    assert [model.name for model in listed if model.default] == ["us-names"]
    by_default = (await models.GetModel(GetModelRequest())).model
    assert by_default.name == "us-names"
    for model in listed:
        by_name = await models.GetModel(GetModelRequest(model=ModelRef(name=model.name)))
        assert by_name.model == model
        assert model.manifest.model == model.name


async def test_the_figures_of_a_description_fit_together(names: Any, models: Any) -> None:
    """Lengths' probabilities sum to 1; entropy per symbol is entropy per name over its symbols."""
    answer = await models.DescribeModel(DescribeModelRequest())
    assert len(answer.length_probabilities) == 65
    assert sum(answer.length_probabilities) == pytest.approx(1, abs=1e-6)
    assert answer.entropy_per_symbol == pytest.approx(
        answer.entropy_per_name / (answer.expected_length + 1)
    )
    novel = Constraint(novel=True, min_length=0, max_length=64)
    measured = await names.MeasureConstraint(MeasureConstraintRequest(constraint=novel))
    assert answer.training_probability == pytest.approx(1 - measured.probability, abs=1e-5)
    assert [one.split for one in answer.perplexities] == ["train", "val", "test"]
    assert all(one.perplexity > 1 for one in answer.perplexities)
    assert (answer.model, answer.version) == ("us-names", 1)


@pytest.mark.parametrize(
    ("labels", "licence", "is_admitted"),
    [
        ({}, "", True),
        ({"locale": "fi"}, "", True),
        ({"locale": "fi", "culture": "Finnish"}, "cc0-1.0", True),
        ({"locale": "sv"}, "", False),
        ({"locale": "fi", "era": "now"}, "", False),
        ({"locale": "fi"}, "MIT", False),
    ],
)
def test_a_filter_admits_data_that_has_all_of_it(
    *, labels: dict[str, str], licence: str, is_admitted: bool
) -> None:
    """Every label with its value, and the licence in upper or lower case."""
    data = Data(labels={"locale": "fi", "culture": "Finnish"}, licence="CC0-1.0")
    asked = parse_list(ListModelsRequest(data_labels=labels, licence=licence))
    assert asked.admits(data) is is_admitted
    assert asked.admits(Data()) is (not labels and not licence)
