"""Loading: from a repository on disk to versions in memory.

Every file of a bundle is verified before any parser opens the file. A version that is malformed,
crashes or hangs a runtime, or answers otherwise than its canonical form has a fault, and is never
visible.

    repository   the models and versions that a folder holds
    versions     versions in memory, each loaded within its time
    loader       one version: verified, opened, assembled
    comparison   the answers of a version, compared with its canonical form and its manifest
    probe        a version tried in a process of its own, which it may crash
    digest       the identity of a version's content
    time_limit   work that may take a bounded time
"""

from namesmith_server.app.loading.digest import manifest_digest
from namesmith_server.app.loading.repository import LABELS, Found, Repository, identity_of
from namesmith_server.app.loading.versions import VersionLoader

__all__ = ["LABELS", "Found", "Repository", "VersionLoader", "identity_of", "manifest_digest"]
