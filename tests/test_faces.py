"""The law of faces: no module outside a folder imports past the folder's ``__init__``."""

from collections.abc import Iterator
from importlib import import_module

import grimp

PACKAGES = (
    "namesmith",
    "namesmith_client",
    "namesmith_server",
    "namesmith_trainer",
    "namesmith_web",
)

OPEN = {
    "namesmith.v1": "generated: its modules are the contract",
    "namesmith_server.backends": "the engine knows backends.base alone, a backend the registry too",
}
"""Folders whose modules may be imported from outside, each with its reason: other contracts
restrict their imports."""


def folders_of(module: str) -> Iterator[str]:
    """Yield the folders that a module lies in, the distribution's own package left out."""
    parts = module.split(".")
    for depth in range(2, len(parts)):
        yield ".".join(parts[:depth])


def is_exported(folder: str, module: str) -> bool:
    """Return whether a folder's face exports a module of the folder deliberately."""
    name = module.removeprefix(f"{folder}.")
    return name in getattr(import_module(folder), "__all__", ())


def passes(importer: str, imported: str) -> bool:
    """Return whether an import stays inside each folder that it touches, or ends at its face."""
    return all(
        importer == folder
        or importer.startswith(f"{folder}.")
        or folder in OPEN
        or is_exported(folder, imported)
        for folder in folders_of(imported)
    )


def test_folders_are_imported_by_their_faces_alone() -> None:
    """Every import across folders names a face, or a module that the face exports."""
    graph = grimp.build_graph(*PACKAGES)
    past = [
        f"{importer} -> {imported}"
        for importer in graph.modules
        for imported in graph.find_modules_directly_imported_by(importer)
        if not passes(importer, imported)
    ]
    assert sorted(past) == []


def test_an_import_past_a_face_is_seen() -> None:
    """The check allows an import inside a folder and refuses the same import from outside."""
    inside = "namesmith_server.engine.markov.chain"
    assert passes("namesmith_server.engine.markov.trellis", inside)
    assert not passes("namesmith_server.engine.samplers.chain_sampler", inside)
    assert not passes("namesmith_server.grpc.catalog", inside)
    assert passes("namesmith_server.grpc.catalog", "namesmith_server.engine")
