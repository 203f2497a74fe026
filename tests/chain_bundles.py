"""Bundles of random chains: definite chains of an order, and chains with random successors."""

from itertools import product
from pathlib import Path

import numpy as np

from namesmith import bundle
from namesmith.manifest import FORMAT_VERSION
from namesmith.v1 import manifest_pb2 as pb
from namesmith.vocabulary import END
from namesmith_server.engine import Chain
from namesmith_trainer.publish import export, parity_check, publish
from namesmith_trainer.publish.chain_form import ChainForm
from random_chains import random_chain

SYMBOLS = ".abcde"
"""Symbols of the models of this module."""

SPLITS = ("train", "val", "test")

SPLIT_NAMES = 200
"""Number of names of each split, drawn from the chain."""

MEMORY = 64
"""Number of symbols of a context of a chain with random successors: every name that is drawn."""


def definite_chain(seed: int, order: int, share: float, vocab_size: int = len(SYMBOLS)) -> Chain:
    """Return a chain whose states are contexts of up to ``order`` symbols.

    The state behind a name is its longest end that is a state; a context may begin with the end
    symbol, which stands for the start of the name.

    Args:
        seed: seed of the random numbers.
        order: number of symbols L of the longest contexts, >= 1.
        share: share of the contexts of each length that are states.
        vocab_size: number of symbols V, >= 2.
    """
    rng = np.random.default_rng(seed)
    contexts: list[tuple[int, ...]] = [(), (END,)]
    for context in contexts:  # the list grows meanwhile
        if len(context) < order:
            longer = [(*context, symbol) for symbol in range(END + 1, vocab_size)]
            contexts += [one for one in longer if len(one) == 1 or rng.random() < share]
    places = {context: place for place, context in enumerate(contexts)}
    successors = np.full((len(contexts), vocab_size), places[END,], dtype=np.int32)
    for (context, place), symbol in product(places.items(), range(END + 1, vocab_size)):
        after = (*context, symbol)
        while after not in places:
            after = after[1:]
        successors[place, symbol] = places[after]
    random = random_chain(seed, len(contexts), vocab_size)
    return reachable_part(Chain.from_successors(random.log_probs, successors, places[END,]))


def wandering_chain(seed: int, states: int, vocab_size: int = len(SYMBOLS)) -> Chain:
    """Return the reachable part of a chain of up to ``states`` states with random successors."""
    chain = random_chain(seed, states, vocab_size)
    successors = chain.successors[chain.rows]
    successors[:, END] = chain.start
    return reachable_part(Chain.from_successors(chain.log_probs, successors, chain.start))


def reachable_part(chain: Chain) -> Chain:
    """Return a chain without the states that no name passes through."""
    successors = chain.successors[chain.rows]
    reached = {chain.start}
    waiting = [chain.start]
    while waiting:
        fresh = set(successors[waiting.pop()].tolist()) - reached
        reached |= fresh
        waiting += fresh
    kept = np.array(sorted(reached))
    numbers = np.zeros(len(chain), dtype=np.int32)
    numbers[kept] = np.arange(len(kept))
    start = int(numbers[chain.start])
    return Chain.from_successors(chain.log_probs[kept], numbers[successors[kept]], start)


def chain_files(chain: Chain, block_size: int) -> dict[str, bytes]:
    """Return the exported forms of a chain, by path.

    Raises:
        ParityError: a form differs from the chain.
    """
    parts = chain.log_probs, chain.rows, chain.successors, chain.start
    form = ChainForm(*parts)
    files = {
        bundle.CHAIN: export.to_chain(*parts),
        bundle.ONNX: export.to_onnx(form, block_size),
        bundle.TORCHSCRIPT: export.to_torchscript(form),
    }
    contexts = parity_check.walked_contexts(form, block_size)
    reference = parity_check.Reference(contexts, form(contexts), allowed=0.0, model="chain")
    assert parity_check.check_parity(files, reference) == 0
    return files


def split_files(chain: Chain) -> dict[str, bytes]:
    """Return the files of the splits, by path: names that are drawn from the chain."""
    rng = np.random.default_rng(0)
    return {
        bundle.split_path(split): "".join(
            f"{draw_name(chain, rng)}\n" for _ in range(SPLIT_NAMES)
        ).encode()
        for split in SPLITS
    }


def draw_name(chain: Chain, rng: np.random.Generator) -> str:
    """Draw a name from a chain, without the empty name."""
    state, name = chain.start, ""
    while True:
        weights = np.exp(chain.log_probs[state].astype(np.float64))
        symbol = int(rng.choice(len(weights), p=weights / weights.sum()))
        state = int(chain.successors[chain.rows[state], symbol])
        if symbol != END:
            name += SYMBOLS[symbol]
        elif name:
            return name


def chain_manifest(chain: Chain, block_size: int, model: str) -> pb.Manifest:
    """Make the manifest of a chain, without version and files."""
    return pb.Manifest(
        format_version=FORMAT_VERSION,
        model=model,
        vocabulary=pb.Vocabulary(symbols=SYMBOLS[: chain.vocab_size]),
        architecture=pb.Architecture(block_size=block_size, parameters=chain.log_probs.size),
        splits=[pb.Split(name=split) for split in SPLITS],
        chain=pb.Chain(states=len(chain)),
    )


def publish_chain(repository: Path, model: str, chain: Chain, block_size: int) -> Path:
    """Publish a chain as the next version of a model; return the folder of the version.

    Args:
        repository: folder of the models.
        model: name of the model.
        chain: chain over the first of ``SYMBOLS``.
        block_size: number of symbols of a context.
    """
    files = chain_files(chain, block_size) | split_files(chain)
    return publish(repository, chain_manifest(chain, block_size, model), files)
