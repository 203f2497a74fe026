"""Count the draws that the canonical form decides, under several bounds on the form difference.

    python scripts/fallback_share.py [BUNDLE]

Draws the same names again and again from a bundle, by default the embedded us-names-wavenet, on
ONNX Runtime: with the bound that follows from the manifest, with the bound of a manifest that
records no difference, and with those of manifests that record larger ones. The names must be equal.
Prints the share of uncertain draws under each bound, and its time beside the first's.
"""

import asyncio
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from namesmith.bundle import Bundle
from namesmith.limits import ASSUMED_LOG_PROB_DIFFERENCE, MAX_LOG_PROB_DIFFERENCE
from namesmith.manifest import log_prob_difference_bound
from namesmith.v1.manifest_pb2 import Manifest
from namesmith_server import backends
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.engine import GenerateRequest, assemble_model, work_counts

MODEL = EMBEDDED / "us-names-wavenet" / "1"

RECORDED = (1e-3, 1e-2, MAX_LOG_PROB_DIFFERENCE)
"""Differences that a manifest may record, nats."""

NAMES = 10_000
"""Number of names that are drawn under each bound."""


def main() -> None:
    """Print the share of uncertain draws under each bound."""
    bundle = Bundle.open(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL)
    bounds = [log_prob_difference_bound(bundle.manifest), 2 * ASSUMED_LOG_PROB_DIFFERENCE]
    larger = (Manifest(max_log_prob_difference=recorded) for recorded in RECORDED)
    bounds += map(log_prob_difference_bound, larger)
    print(f"difference measured by the trainer: {bundle.manifest.max_log_prob_difference:.2g}")
    drawn = [asyncio.run(_draw(bundle, bound)) for bound in bounds]
    first, _, least = drawn[0]
    for bound, (names, uncertain, seconds) in zip(bounds, drawn, strict=True):
        assert names == first, "a bound changed a name"
        draws = sum(map(len, names)) + len(names)
        share = f"{uncertain} of {draws} draws, {uncertain / draws:.2%}"
        print(f"bound {bound:.2g}: {share}; {seconds / least:.1f} times the seconds")


async def _draw(bundle: Bundle, bound: float) -> tuple[list[str], int, float]:
    """Draw names under a bound; return them, the number of uncertain draws, and CPU seconds."""
    before = work_counts.exact_draws
    with ThreadPoolExecutor() as executor:
        model = assemble_model(
            vocabulary=bundle.vocabulary,
            block_size=bundle.manifest.architecture.block_size,
            backend=backends.open_backend(backends.get("onnx"), bundle),
            chain=None,
            canonical=backends.open_canonical(bundle),
            form_difference=bound,
            splits={},
            executor=executor,
        )
        start = time.process_time()
        chunk = await model.generate(GenerateRequest(NAMES, seed=1))
        seconds = time.process_time() - start
        model.close()
    return model.codec.decode(chunk.names), work_counts.exact_draws - before, seconds


if __name__ == "__main__":
    main()
