"""scripts/masking.py, which sets masked decoding beside what the server answers."""

import math
import subprocess
import sys
from pathlib import Path

import pytest

from namesmith_server.engine.model import Model
from namesmith_server.engine.parameters import Constraint, Language, Sampling

SCRIPT = Path(__file__).parents[2] / "scripts" / "masking.py"
PATTERN = "(kat|z).{2}x"


@pytest.fixture
def printed() -> list[str]:
    """The lines of the script."""
    command = [sys.executable, SCRIPT, PATTERN]
    ended = subprocess.run(command, capture_output=True, text=True, check=True)
    return ended.stdout.splitlines()


async def test_the_exact_column_is_the_servers(embedded: Model, printed: list[str]) -> None:
    """Probability of the pattern and share of each name, to the digits that are printed."""
    constraint = Constraint(language=Language(pattern=PATTERN))
    measured = await embedded.exact.measure(Sampling(), constraint, None)
    assert printed[0] == f"names that match {PATTERN}: {measured.probability:.6g} of all"
    top = await embedded.exact.top(6, Sampling(), constraint)
    rows = dict(line.split(maxsplit=1) for line in printed[2:-1])
    scores = await embedded.score(top.names)
    for name, log_prob in zip(top.names, scores.log_probs, strict=True):
        share = math.exp(log_prob) / measured.probability
        assert float(rows[name].split()[1]) == pytest.approx(share, abs=1e-6)
