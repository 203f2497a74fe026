"""A bundle as one JSON document, for programs: of ``train --json`` and ``inspect --json``."""

import json
from pathlib import Path

from namesmith import manifest
from namesmith.bundle import Bundle


def bundle_document(folder: Path, bundle: Bundle, **facts: object) -> str:
    """Return the document of a bundle, with one newline at its end.

    Args:
        folder: folder of the bundle.
        bundle: bundle, whose manifest stands in the document as in its file.
        facts: JSON values by key, which stand beside the manifest.
    """
    document = {
        "folder": str(folder),
        "manifest": json.loads(manifest.dumps(bundle.manifest)),
        **facts,
    }
    return f"{json.dumps(document, indent=2, sort_keys=True, ensure_ascii=False)}\n"
