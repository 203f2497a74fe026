"""A bundle whose split holds any bytes is loaded or refused, and its losses are numbers."""

import asyncio
import math
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from chain_bundles import SPLITS, SYMBOLS, chain_files, chain_manifest, definite_chain, split_files
from fuzzing import Corpus, fuzzed, mutated
from loaded import load_repository
from namesmith.bundle import split_path
from namesmith_server.app.errors import LoadError
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Model
from namesmith_trainer.publish import publish

CORPUS = Corpus("splits")
CHAIN = definite_chain(1, 2, 0.6)
SPLIT_FILES = split_files(CHAIN)

WORDS = (b"\n", b"\n\n", b"\r\n", b".", b"A", b"\0", b"\xc3", b"\xed\xa0\x80", b"\xef\xbb\xbf",
         "é".encode(), "\u2028".encode(), b"a" * 3_000)  # fmt: skip
"""Bytes that mean something in a file of names, or in UTF-8."""


@cache
def model_files() -> dict[str, bytes]:
    """Return the files of the model, which only a process that runs these tests exports."""
    return chain_files(CHAIN, 2)


@pytest.fixture(scope="module")
def executor() -> Iterator[ThreadPoolExecutor]:
    """Provide the threads that a model works on."""
    with ThreadPoolExecutor(1) as one:
        yield one


def check(raw: bytes, split: str, executor: ThreadPoolExecutor) -> None:
    """Hold a bundle with such a split to be refused in words, or to have losses."""
    with TemporaryDirectory() as folder:
        files = model_files() | SPLIT_FILES | {split_path(split): raw}
        publish(Path(folder), chain_manifest(CHAIN, 2, "any"), files)
        try:
            (served,) = load_repository(Settings(models=Path(folder)), executor)
        except LoadError as error:
            message = str(error)
            assert message.isprintable(), repr(message)
            assert "Error" not in message, message
            return
        asyncio.run(check_losses(served.model))


async def check_losses(model: Model) -> None:
    """Hold the loss of each split to be a number, or to be refused because the split is empty."""
    for name in SPLITS:
        loss = await model.split_loss(name)
        assert not loss.whole.names or not math.isnan(loss.whole.mean), name


@pytest.mark.parametrize("raw", CORPUS.examples())
@pytest.mark.parametrize("split", ["train", "val"])
def test_the_corpus_of_splits_is_loaded_or_refused(
    raw: bytes, split: str, executor: ThreadPoolExecutor
) -> None:
    """A split that was a fault once is loaded or refused."""
    check(raw, split, executor)


@fuzzed(25)
@given(
    mutated(st.just(SPLIT_FILES[split_path("val")][:200]), WORDS)
    | st.text(SYMBOLS + "\n.é", max_size=20).map(str.encode)
    | st.binary(max_size=20),
    st.sampled_from(SPLITS),
)
def test_any_split_is_loaded_or_refused(
    executor: ThreadPoolExecutor, raw: bytes, split: str
) -> None:
    """A split of any bytes is refused in words, or the losses of its model are numbers."""
    with CORPUS.keeping(raw):
        check(raw, split, executor)
