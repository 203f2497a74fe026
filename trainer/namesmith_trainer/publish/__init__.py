"""Publishing: exports a finished run, checks the exported forms, and writes the bundle.

``rehearse`` tries the export before a long run. ``build_bundle`` makes the manifest and the files
of a bundle, ``publish`` writes both into a repository of models, and ``sign`` signs a published one
with a ``SigningKey``. A ``Provenance`` states the labels, the licence and the source of the names.
"""

from namesmith_trainer.publish.bundle_builder import build_bundle
from namesmith_trainer.publish.export import ExportError
from namesmith_trainer.publish.parity_check import ParityError
from namesmith_trainer.publish.provenance import (
    Provenance,
    read_labels,
    read_licence,
    read_source,
)
from namesmith_trainer.publish.rehearsal import is_rehearsed, rehearse
from namesmith_trainer.publish.repository import RepositoryError, next_version, publish
from namesmith_trainer.publish.signing import SigningKey, sign

__all__ = [
    "ExportError",
    "ParityError",
    "Provenance",
    "RepositoryError",
    "SigningKey",
    "build_bundle",
    "is_rehearsed",
    "next_version",
    "publish",
    "read_labels",
    "read_licence",
    "read_source",
    "rehearse",
    "sign",
]
