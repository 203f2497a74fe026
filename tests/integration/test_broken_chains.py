"""A chain that breaks a rule is never served, though size and hash of every file are right."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from safetensors.numpy import save

from bundles import rewrite_manifest, vouch
from chain_bundles import chain_manifest, definite_chain, split_files
from chain_faults import FAULTS, tensors_of
from namesmith import bundle
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_client import Client
from namesmith_trainer.publish import publish
from processes import running

SOUND = definite_chain(2, 3, 0.5)
"""A chain of order 3, without a fault."""

Damage = Callable[[Manifest], Any]
"""Change of a manifest."""


def change(field: str, value: int) -> Damage:
    """Return the fault that sets a field of the manifest."""

    def damage(manifest: Manifest) -> None:
        setattr(manifest, field, value)

    return damage


def count_a_state_more(manifest: Manifest) -> None:
    """Describe one state more than the file has."""
    manifest.chain.states += 1


def describe_no_chain(manifest: Manifest) -> None:
    """Leave the description of the chain out."""
    manifest.ClearField("chain")


def lose_the_chain(manifest: Manifest) -> None:
    """Describe a chain, and list no file of it."""
    (chain,) = (file for file in manifest.files if file.path == bundle.CHAIN)
    manifest.files.remove(chain)


def add_a_table(manifest: Manifest) -> None:
    """List a table beside the chain."""
    vouch(manifest, bundle.TABLE, b"table")


def narrow_the_context(manifest: Manifest) -> None:
    """Give a shorter context than the states depend on."""
    manifest.architecture.block_size = 2


def lose_a_symbol(manifest: Manifest) -> None:
    """Give one symbol fewer than the chain has."""
    manifest.vocabulary.symbols.pop()


STATES = len(SOUND)

NONSENSE = b"nonsense" * 64
"""Bytes of another format than that of a chain."""

CONTRADICTIONS: list[tuple[Damage, str]] = [
    (change("format_version", 1), "chain.safetensors: format_version is 1, a bundle holds a chain"),
    (count_a_state_more, f"chain.states: {STATES + 1} in the manifest, chain.safetensors has"),
    (describe_no_chain, "chain.safetensors: the manifest does not describe its chain"),
    (lose_the_chain, "chain: is described, and chain.safetensors is not in the manifest"),
    (add_a_table, "chain.safetensors: the bundle holds table.safetensors too"),
    (narrow_the_context, "chain.safetensors: successors: "),
    (lose_a_symbol, f"chain.safetensors: log_probs: the shape is [{STATES}, 6], [1 to "),
]
"""Faults of a manifest, each with the beginning of its message."""


@pytest.fixture(scope="module")
def refusals(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[int, str]]:
    """Provide the reasons for which one server refuses versions, by version.

    Version 1 is sound; the faults follow in their order, first of manifests, then of chain files.
    """
    models = tmp_path_factory.mktemp("models")

    def add(chain: bytes) -> Path:
        files = split_files(SOUND) | {bundle.CHAIN: chain}
        return publish(models, chain_manifest(SOUND, 3, "broken"), files)

    sound = save(tensors_of(SOUND))
    add(sound)
    for damage, _ in CONTRADICTIONS:
        rewrite_manifest(add(sound), damage)
    for damage, _ in FAULTS:
        tensors = tensors_of(SOUND)
        damage(tensors)
        add(save(tensors))
    add(NONSENSE)
    with running("--models", models) as server, Client(server.address) as client:
        assert len(client.generate(10, seed=1).names) == 10
        assert client.model().version == 1
        yield {
            event["version"]: event["reason"]
            for event in server.log
            if event["event"] == "bundle refused"
        }


def numbered(faults: list[Any]) -> list[tuple[int, str]]:
    """Return the messages of faults, each with its place."""
    return list(enumerate(message for _, message in faults))


@pytest.mark.parametrize(("place", "message"), numbered(CONTRADICTIONS))
def test_a_manifest_that_contradicts_its_files_is_refused(
    refusals: dict[int, str], place: int, message: str
) -> None:
    """Format, description, table and sizes: the server names the fault and serves version 1."""
    assert refusals[2 + place].startswith(message)


@pytest.mark.parametrize(("place", "message"), numbered(FAULTS))
def test_a_chain_file_that_breaks_a_rule_is_refused(
    refusals: dict[int, str], place: int, message: str
) -> None:
    """The server names file, tensor, value and bound, and serves version 1."""
    assert refusals[2 + len(CONTRADICTIONS) + place].startswith(f"{bundle.CHAIN}: {message}")


def test_a_file_that_is_no_chain_is_refused(refusals: dict[int, str]) -> None:
    """Bytes of another format than safetensors are refused by the name of the file."""
    last = refusals[2 + len(CONTRADICTIONS) + len(FAULTS)]
    assert last == f"{bundle.CHAIN}: is not a safetensors file"
