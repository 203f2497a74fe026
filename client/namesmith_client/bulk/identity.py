"""The identity of the model that a part is drawn from: its versions, and their hashes."""

from typing import NamedTuple

from namesmith.blend import is_blend, parse_blend
from namesmith_client._client import Client


class Identity(NamedTuple):
    """A model, pinned: the same for as long as its files are.

    Attributes:
        model: name of the model; of a blend the canonical text, with every version.
        version: version of the model; 0: a blend.
        manifest_sha256: SHA-256 of the manifest; of a blend those of its parts in the order of the
            text, joined by ``+``.
    """

    model: str
    version: int
    manifest_sha256: str


def identify(client: Client, reference: str) -> Identity:
    """Return the identity of a model or a blend.

    Args:
        client: client of a server, or of models in this process.
        reference: the model, as calls name it.

    Raises:
        NamesmithError: a call failed.
    """
    if not is_blend(reference):
        found = client.model(reference)
        return Identity(found.name, found.version, found.manifest_sha256)
    told = client.generate(1, seed=0, model=reference)  # the answer holds the canonical text
    if told.version:  # a blend of one version alone
        return identify(client, f"{told.model}/{told.version}")
    parts = [client.model(f"{part.name}/{part.version}") for part in parse_blend(told.model)]
    return Identity(told.model, 0, "+".join(part.manifest_sha256 for part in parts))
