"""Names of keys, as a request asks for them."""

import hmac
from fractions import Fraction
from random import Random

from namesmith import limits
from namesmith.keys import KEYS_PURPOSE, SEED_BYTES, bearable_keys, derived_key
from namesmith.v1 import names_pb2 as pb
from namesmith_client.testing._fake._checks import (
    Checks,
    check_constraint,
    check_sampling,
    max_length,
)
from namesmith_client.testing._fake._distance import DRAWS, far_lengths
from namesmith_client.testing._fake._names import Candidates, drawing_node
from namesmith_client.testing._fake._refusals import invalid_field, unsatisfiable
from namesmith_client.testing._fake._trellis import Draws


def name_keys(request: pb.NameKeysRequest) -> pb.NameKeysResponse:
    """Answer the names of keys: of each the first name of its seed."""
    _check(request)
    node, prefix = drawing_node(request.sampling, request.constraint)
    draws = Draws(node, prefix, distinct=False)
    own = derived_key(request.secret, KEYS_PURPOSE)
    digests = (hmac.digest(own, key, "sha256") for key in request.keys)
    seeds = (int.from_bytes(digest[:SEED_BYTES], "big") for digest in digests)
    distance = request.constraint.min_distance
    same = float(Fraction(node.squares, node.weight**2))
    if distance > 1:  # an upper bound: fewer names, whose squares are among these
        same = min(same * (DRAWS / max(len(far_lengths(node, distance)), 1)) ** 2, 1.0)
    randoms = map(Random, seeds)
    names = list(Candidates(draws, randoms, distance))
    if len(names) < len(request.keys):
        raise unsatisfiable()
    return pb.NameKeysResponse(
        names=names,
        collision_probability=same,
        bearable_keys=bearable_keys(same),
    )


def _check(request: pb.NameKeysRequest) -> None:
    """Refuse a request that a server without secrets of its own refuses."""
    checks = Checks()
    check_secret(request.secret, request.secret_name, checks)
    check_sampling(request.sampling, checks)
    check_constraint(request.constraint, checks)
    count, most, longest = len(request.keys), limits.MAX_NAMED_KEYS, limits.MAX_KEY_BYTES
    checks.require(1 <= count <= most, "keys", f"{count} keys, 1 to {most} are allowed")
    for at, size in enumerate(map(len, request.keys)):
        if size > longest:
            told = f"{size} bytes, at most {longest} are allowed"
            checks.require(False, f"keys[{at}]", told)  # noqa: FBT003 - it does not hold
            break
    checks.end()
    characters = max_length(request.constraint)
    if count * characters > limits.DEFAULT_MAX_SYMBOLS:
        told = (
            f"{count} names of up to {characters} characters are {count * characters} symbols,"
            f" at most {limits.DEFAULT_MAX_SYMBOLS} are allowed in a call"
        )
        raise invalid_field("keys", told)


def check_secret(secret: bytes, name: str, checks: Checks) -> None:
    """Check the secret of a request, or the name of one; the fake holds none."""
    least, most = limits.MIN_SECRET_BYTES, limits.MAX_SECRET_BYTES
    longest = limits.MAX_SECRET_NAME_CHARACTERS
    field, told = "secret_name", ""
    if secret and name:
        field, told = "secret", "is given beside secret_name: one of them is allowed"
    elif secret and not least <= len(secret) <= most:
        field, told = "secret", f"{len(secret)} bytes, {least} to {most} are allowed"
    elif not secret and not name:
        field, told = "secret", "is empty, and so is secret_name: one of them is needed"
    elif len(name) > longest:
        told = f"{len(name)} characters, at most {longest} are allowed"
    elif name:
        told = "is no name of a secret that this server holds"
    checks.require(not told, field, told)
