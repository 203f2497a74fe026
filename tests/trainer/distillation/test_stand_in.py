"""A chain in the place of a network of many symbols: what it keeps, and what its bundle says."""

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load

from distilling import call
from drawing import drawn
from loaded import load_repository
from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Constraint, GenerateRequest, Sampling, kinds
from namesmith_trainer.data import Names, Split
from namesmith_trainer.distillation import Form, choose_form, in_form, stand_in
from namesmith_trainer.models import RECIPES, RecipeError, override
from namesmith_trainer.publish import export
from namesmith_trainer.publish.forms import export_forms
from namesmith_trainer.report import summarise
from namesmith_trainer.training import NetworkRun, StoppedError, train

SYMBOLS = 40
"""Number of characters of the names: their table would have ten million numbers."""

SAMPLED = 2_000


def unchecked() -> None:
    """Check nothing."""


SETTINGS = {"steps": 300, "hidden": 16, "embedding": 4}


@pytest.fixture(scope="module")
def data(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Provide a file of names, some of whose characters are rare."""
    characters = [chr(0x3B1 + i) for i in range(SYMBOLS)]
    generator = random.Random(1)  # noqa: S311 - no secret
    names = {
        "".join(characters[min(int(generator.expovariate(0.15)), SYMBOLS - 1)] for _ in range(n))
        for n in generator.choices(range(2, 6), k=1_500)
    }
    path = tmp_path_factory.mktemp("data") / "names.txt"
    path.write_text("\n".join(sorted(names)), encoding="utf-8")
    return path


@pytest.fixture(scope="module", autouse=True)
def few_names() -> Iterator[None]:
    """Let every chain sample few names."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(stand_in, "SAMPLED_NAMES", SAMPLED)
        yield


@pytest.fixture(scope="module")
def network(data: Path) -> NetworkRun:
    """Provide a network of a few hundred steps."""
    names = Names.read(str(data))
    recipe = override(RECIPES["batchnorm"].for_data(names.symbols), **SETTINGS)
    run = train(names, recipe, 42, "cpu", iter)
    assert isinstance(run, NetworkRun)
    return run


@pytest.fixture(scope="module")
def standing(network: NetworkRun) -> NetworkRun:
    """Provide the network with a chain in its place."""
    run = in_form(network, "chain", iter)
    assert isinstance(run, NetworkRun)
    return run


@pytest.fixture(scope="module")
def published(data: Path, tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """Provide a repository in which ``train`` has published the chain, and its output."""
    folder = tmp_path_factory.mktemp("models")
    settings = [option for name, value in SETTINGS.items() for option in (f"--{name}", str(value))]
    result = call("train", "--data", data, "--models", folder, "--name", "m", *settings)
    assert result.exit_code == 0, result.output
    return folder, result.output


@pytest.mark.parametrize(
    ("recipe", "symbols", "block_size", "form"),
    [
        ("batchnorm", 27, 3, "table"),
        ("batchnorm", 32, 3, "table"),
        ("batchnorm", 33, 3, "chain"),
        ("batchnorm", 2_000, 3, "chain"),
        ("batchnorm", 27, 4, "chain"),
        ("wavenet", 27, 8, "network"),
        ("kneser-ney", 27, 5, "chain"),
    ],
)
def test_a_table_of_4_mib_is_a_table_and_a_larger_one_a_chain(
    recipe: str, symbols: int, block_size: int, form: Form
) -> None:
    """A network of long contexts, which the bound does not concern, is published as it is."""
    assert choose_form(None, replace(RECIPES[recipe], block_size=block_size), symbols) == form


@pytest.mark.parametrize(
    ("recipe", "form", "told"),
    [
        ("batchnorm", "table", "form: 65 symbols and block_size 3 make a table of more than 6710"),
        ("kneser-ney", "network", "form: the recipe kneser-ney makes a chain, not a network"),
    ],
)
def test_a_form_that_a_recipe_cannot_have_is_refused(recipe: str, form: Form, told: str) -> None:
    """The refusal names the option, the values and the bound."""
    with pytest.raises(RecipeError, match=told):
        choose_form(form, RECIPES[recipe], 65)


def test_a_context_that_tells_all_has_the_networks_row_of_a_table(standing: NetworkRun) -> None:
    """Contexts of L symbols and beginnings of names are the table's rows, bit for bit."""
    assert standing.stand_in
    size, chain = len(standing.vocabulary), standing.stand_in.chain
    table = load(export.to_table(standing.network.fold(), size, 3))["log_probs"]
    whole = [one for one in chain.contexts if len(one) == 3 or one[:1] == (0,)]
    assert len(whole) > len(chain.contexts) / 4
    padded = np.array([(0,) * (3 - len(one)) + one for one in whole])
    states = [chain.contexts.index(one) for one in whole]
    np.testing.assert_array_equal(chain.log_probs[states], table[padded @ [size**2, size, 1]])


def test_the_chain_of_a_network_goes_by_the_counts_of_names(
    network: NetworkRun, standing: NetworkRun
) -> None:
    """Equal counts are none; with others, frequent names weigh more in what is kept."""
    assert standing.stand_in
    chains = []
    for often in (7, 7_000):
        splits = {
            split: Split(names, np.where(np.arange(len(names)) % 50, 7, often))
            for split, names in network.splits.items()
        }
        run = in_form(replace(network, splits=splits), "chain", iter)
        assert isinstance(run, NetworkRun)
        assert run.stand_in
        chains.append(run.stand_in.chain)
    assert chains[0].contexts == standing.stand_in.chain.contexts
    np.testing.assert_array_equal(chains[0].log_probs, standing.stand_in.chain.log_probs)
    assert chains[1].contexts != standing.stand_in.chain.contexts


def test_the_chain_of_a_network_is_the_same_each_time(
    network: NetworkRun, standing: NetworkRun
) -> None:
    """The seed of the run draws the names that are sampled."""
    again = in_form(network, "chain", iter)
    assert isinstance(again, NetworkRun)
    assert again.stand_in
    assert standing.stand_in
    assert again.stand_in.chain.contexts == standing.stand_in.chain.contexts
    np.testing.assert_array_equal(again.stand_in.chain.log_probs, standing.stand_in.chain.log_probs)


@pytest.mark.parametrize("symbols", [2, 33, 63, 256, 1_024, 2_000, 65_536])
def test_the_size_of_a_chain_is_bounded_for_any_alphabet(symbols: int) -> None:
    """It holds at most 16 MiB of log-probabilities, and 4 MiB where these make 4,096 states."""
    states = stand_in.largest_chain(symbols)
    assert 1 <= states * symbols <= 1 << 22
    assert states * symbols <= 1 << 20 or states <= 4_096


def test_the_manifest_tells_of_the_chain_and_the_network(
    network: NetworkRun, standing: NetworkRun, published: tuple[Path, str]
) -> None:
    """The losses are the chain's; the network is its only teacher, whose losses stand beside."""
    models, output = published
    assert "\nsampling names\n" in output
    assert "\nchoosing states\n" in output
    opened = Bundle.open(models / "m" / "1")
    manifest, made = opened.manifest, standing.stand_in
    assert made
    chain = manifest.chain
    assert chain.stands_for_network
    assert (chain.states, chain.sampled_names) == (len(made.chain.contexts), SAMPLED)
    (teacher,) = chain.teachers
    assert (teacher.recipe, teacher.weight) == ("batchnorm", 1.0)
    assert not opened.has(bundle.TABLE)
    assert manifest.max_log_prob_difference == 0
    assert manifest.architecture.hidden == 16
    for split in manifest.splits:
        assert split.loss == standing.losses[split.name]
        assert split.teacher_loss == pytest.approx(network.losses[split.name], abs=1e-5)
        assert 0 <= split.teacher_kl < 0.2
        assert split.HasField("novel_loss") == (split.name != "train")
    assert standing.network_losses == pytest.approx(network.losses, abs=1e-5)
    assert manifest.splits[0].teacher_kl < 0.02
    assert f"chain of {chain.states:,} states in the network's place" in output


def test_the_making_of_a_chain_can_be_stopped(network: NetworkRun) -> None:
    """It ends behind the event at which it is asked to, and says where."""
    with pytest.raises(StoppedError, match=r"stopped at sampling names, part [1-9]"):
        in_form(network, "chain", iter, stop=lambda: True)


def test_people_read_which_numbers_are_the_chain_s(published: tuple[Path, str]) -> None:
    """The facts name the network, not a teacher; the page says whose the losses and names are."""
    opened = Bundle.open(published[0] / "m" / "1")
    facts = summarise(opened.manifest)
    assert "\nnetwork      batchnorm: train " in facts
    assert f"{SAMPLED:,} names sampled from the network" in facts
    assert "teacher" not in facts
    page = opened.read(bundle.REPORT).decode()
    states = opened.manifest.chain.states
    assert f"the chain of {states:,} states that is served in the network's place" in page


@pytest.mark.slow
async def test_a_server_draws_the_same_names_on_every_backend(
    published: tuple[Path, str],
) -> None:
    """Also under a pattern; the loss of a split is the manifest's."""
    models, _ = published
    requests = [
        GenerateRequest(500, 3),
        GenerateRequest(500, 3, Sampling(0.7), Constraint(content=(kinds.Pattern(".*α.*"),))),  # noqa: RUF001 - Greek letters are the point
    ]
    expected = Bundle.open(models / "m" / "1").manifest.splits[1].loss
    names = []
    with ThreadPoolExecutor(2) as executor:
        for backend in ("table", "onnx", "torchscript"):
            settings = Settings(models=models, backend=backend)
            (served,) = load_repository(settings, executor)
            names.append([await drawn(served.model, request) for request in requests])
            loss = await served.model.split_loss("val")
            assert loss.whole.mean == pytest.approx(expected, abs=1e-6)
            assert served.model.inference.is_exact
            served.model.close()
    assert names[0] == names[1] == names[2]


def test_a_network_is_published_alone_where_that_is_asked_for(
    network: NetworkRun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Then it has neither a table nor a chain, and no loss given novel, which would be a sum."""
    for exporter in ("to_onnx", "to_torchscript"):
        monkeypatch.setattr(export, exporter, lambda *_: b"")
    alone = in_form(network, "network", iter)
    assert set(export_forms(alone)) == {bundle.ONNX, bundle.TORCHSCRIPT}
    assert not any(loss.novel for loss in alone.split_losses.values())
