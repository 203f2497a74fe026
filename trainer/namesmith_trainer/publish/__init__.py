"""Publishing: exports a finished run, checks the exported forms, and writes the bundle.

``build_bundle`` makes the manifest and the files of a bundle, ``publish`` writes both into a
repository of models.
"""

from namesmith_trainer.publish.bundle_builder import build_bundle
from namesmith_trainer.publish.parity_check import ParityError
from namesmith_trainer.publish.repository import publish

__all__ = ["ParityError", "build_bundle", "publish"]
