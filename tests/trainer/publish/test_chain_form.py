"""The exported forms of a chain: the chain's own numbers, in small files."""

import io
import warnings
from pathlib import Path

import numpy as np
import onnxruntime
import pytest
import torch
from safetensors.numpy import load

from chain_bundles import MEMORY, definite_chain, wandering_chain
from namesmith import bundle
from namesmith.bundle import Bundle
from namesmith.vocabulary import END
from namesmith_server.engine import Chain
from namesmith_trainer.publish import ParityError, export, parity_check
from namesmith_trainer.publish.chain_form import ChainForm

ORDER = 4

OVERHEAD = 12_000
"""Most bytes of a form beyond its arrays."""


@pytest.fixture
def chain() -> Chain:
    """Provide the chain of the model ``definite``."""
    return definite_chain(1, ORDER, 0.6)


def form_of(chain: Chain) -> ChainForm:
    """Return the module of a chain."""
    return ChainForm(chain.log_probs, chain.rows, chain.successors, chain.start)


def of_chain(contexts: torch.Tensor, form: ChainForm) -> parity_check.Reference:
    """Return the distributions that the forms of a chain must be equal to."""
    return parity_check.Reference(contexts, form(contexts), allowed=0.0, model="chain")


def contexts_of(words: list[tuple[int, ...]], block_size: int) -> torch.Tensor:
    """Return the contexts behind words, int64 [N, L]."""
    padded = [((END,) * block_size + word)[-block_size:] for word in words]
    return torch.tensor(padded)


@pytest.mark.parametrize(
    ("chain", "block_size"), [(definite_chain(3, 3, 0.5), 3), (wandering_chain(3, 40), MEMORY)]
)
def test_a_context_leads_to_the_state_of_its_symbols(chain: Chain, block_size: int) -> None:
    """The form gives the row of the state that the chain walks to, for words of every length."""
    random = np.random.default_rng(0)
    words = [
        tuple(random.integers(1, chain.vocab_size, size=length).tolist())
        for length in range(block_size + 1)
        for _ in range(20)
    ]
    expected = chain.log_probs[[chain.after(word) for word in words]]
    given = form_of(chain)(contexts_of(words, block_size))
    assert given.dtype == torch.float32
    np.testing.assert_array_equal(given.numpy(), expected)


def test_the_files_hold_each_array_once_with_indices_of_four_bytes(
    chain: Chain, definite_repository: Path
) -> None:
    """Each form takes S * V * 4 + R * V * 4 + S * 4 bytes and a little; no index is int64."""
    opened = Bundle.open(definite_repository / "definite" / "1")
    arrays = (chain.log_probs.size + chain.successors.size + chain.rows.size) * 4
    for file in (bundle.CHAIN, bundle.ONNX, bundle.TORCHSCRIPT):
        assert arrays < len(opened.read(file)) < arrays + OVERHEAD
    assert {str(one.dtype) for one in load(opened.read(bundle.CHAIN)).values()} == {
        "float32",
        "int32",
    }


def test_every_form_gives_the_chains_own_numbers(chain: Chain, definite_repository: Path) -> None:
    """ONNX, TorchScript and the chain file are equal to the module, to the last bit."""
    opened = Bundle.open(definite_repository / "definite" / "1")
    contexts = parity_check.walked_contexts(form_of(chain), ORDER)
    expected = form_of(chain)(contexts).numpy()
    session = onnxruntime.InferenceSession(opened.read(bundle.ONNX))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)
        scripted = torch.jit.load(io.BytesIO(opened.read(bundle.TORCHSCRIPT)))
    (by_onnx,) = session.run(["log_probs"], {"context": contexts.numpy()})
    np.testing.assert_array_equal(by_onnx, expected)
    np.testing.assert_array_equal(scripted(contexts).numpy(), expected)
    by_chain = ChainForm.load(opened.read(bundle.CHAIN))
    np.testing.assert_array_equal(by_chain(contexts).numpy(), expected)


def test_rows_that_say_nothing_are_left_out(chain: Chain) -> None:
    """Where state s has row s, the file has no rows, and is the same chain."""
    identity = np.arange(len(chain))
    raw = export.to_chain(chain.log_probs, identity, chain.successors[chain.rows], chain.start)
    assert "rows" not in load(raw)
    contexts = parity_check.walked_contexts(form_of(chain), ORDER)
    torch.testing.assert_close(
        ChainForm.load(raw)(contexts), form_of(chain)(contexts), rtol=0, atol=0
    )


def test_an_end_symbol_that_leads_elsewhere_is_refused(chain: Chain) -> None:
    """Padding would leave the start: neither module nor file is made."""
    wrong = chain.successors.copy()
    wrong[1, END] = chain.start + 1
    parts = (chain.log_probs, chain.rows, wrong, chain.start)
    for make in (ChainForm, export.to_chain):
        with pytest.raises(ValueError, match="the end symbol does not lead to the start"):
            make(*parts)


def test_contexts_of_a_chain_visit_its_deep_states(chain: Chain) -> None:
    """The sample is fixed, holds full contexts and the start, and ends in most of the states.

    A fifth of the chain's characters is impossible, and with them the states behind them.
    """
    contexts = parity_check.walked_contexts(form_of(chain), ORDER)
    assert contexts.shape == (parity_check.SAMPLE, ORDER)
    assert torch.equal(contexts, parity_check.walked_contexts(form_of(chain), ORDER))
    assert (contexts == END).all(1).any()
    assert (contexts != END).all(1).any()
    words = [tuple(symbol for symbol in row if symbol != END) for row in contexts.tolist()]
    assert len({chain.after(word) for word in words}) > 0.7 * len(chain)


def test_a_form_of_a_chain_must_be_equal_to_the_last_bit(chain: Chain) -> None:
    """A chain file that is off by 1e-6 nats, which a network's form may be, is refused."""
    form = form_of(chain)
    contexts = parity_check.walked_contexts(form, ORDER)
    moved = chain.log_probs - np.float32(1e-6)
    files = {bundle.CHAIN: export.to_chain(moved, chain.rows, chain.successors, chain.start)}
    refused = r"chain\.safetensors differs from the chain by .*, at most 0 is allowed"
    with pytest.raises(ParityError, match=refused):
        parity_check.check_parity(files, of_chain(contexts, form))
