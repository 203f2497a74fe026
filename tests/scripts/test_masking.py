"""The script that sets masked decoding beside the exact conditional distribution."""

import math
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from loaded import load_repository
from namesmith_server.app.settings import Settings
from namesmith_server.engine import Constraint, Model, Sampling, kinds

SCRIPT = Path(__file__).parents[2] / "scripts" / "masking.py"
PATTERN = "(kat|z).{2}x"


@pytest.fixture
def embedded() -> Iterator[Model]:
    """Provide the model that ships inside the server."""
    with ThreadPoolExecutor(1) as executor:
        (served,) = load_repository(Settings(), executor)
        yield served.model
        served.model.close()


@pytest.fixture
def printed() -> list[str]:
    """Provide the lines that the script prints."""
    command = [sys.executable, SCRIPT, PATTERN]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()


async def test_the_exact_column_holds_the_servers_probabilities(
    embedded: Model, printed: list[str]
) -> None:
    """The pattern's probability and each name's share are the server's, to the printed digits."""
    constraint = Constraint(content=(kinds.Pattern(PATTERN),))
    measured = await embedded.inference.measure(Sampling(), constraint, None)
    assert printed[0] == f"names that match {PATTERN}: {measured.probability:.6g} of all"
    top = await embedded.inference.top(6, Sampling(), constraint)
    rows = dict(line.split(maxsplit=1) for line in printed[2:-1])
    names = embedded.codec.decode(top.names)
    scores = await embedded.score(names)
    for name, log_prob in zip(names, scores.log_probs, strict=True):
        share = math.exp(log_prob) / measured.probability
        assert float(rows[name].split()[1]) == pytest.approx(share, abs=1e-6)
