"""Loading: from a repository on disk to models in memory.

Every file of a bundle is verified before any parser opens the file. Of each model the newest
version that has no fault is served: a version that is malformed, crashes or hangs a runtime, or
answers otherwise than its canonical form is passed over.

    repository   the models and versions that a folder holds
    selection    the newest version without a fault
    loader       one version: verified, opened, assembled
    comparison   the answers of a version, compared with its canonical form and its manifest
    probe        a version tried in a process of its own, which it may crash
    time_limit   work that may take a bounded time
"""

from namesmith_server.app.loading.selection import NEWEST, load_repository, name_of_default

__all__ = ["NEWEST", "load_repository", "name_of_default"]
