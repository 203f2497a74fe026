"""Count the draws that the canonical form decides, under two bounds on the form difference.

    python scripts/fallback_share.py [BUNDLE]

Draws the same names twice from a bundle, by default the embedded us-names-wavenet, on ONNX Runtime:
first with the bound that follows from the manifest, then with the bound of a manifest that records
no difference. The names must be equal. Prints the share of uncertain draws under each bound.
"""

import asyncio
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from namesmith.bundle import Bundle
from namesmith.limits import MAX_LOG_PROB_DIFFERENCE
from namesmith.manifest import log_prob_difference_bound
from namesmith_server import backends
from namesmith_server.app.settings import EMBEDDED
from namesmith_server.engine import GenerateRequest, assemble_model, work_counts

MODEL = EMBEDDED / "us-names-wavenet" / "1"

NAMES = 10_000
"""Number of names that are drawn under each bound."""


def main() -> None:
    """Print the share of uncertain draws under each bound."""
    bundle = Bundle.open(Path(sys.argv[1]) if len(sys.argv) > 1 else MODEL)
    bounds = log_prob_difference_bound(bundle.manifest), 2 * MAX_LOG_PROB_DIFFERENCE
    drawn = [asyncio.run(_draw(bundle, bound)) for bound in bounds]
    assert drawn[0][0] == drawn[1][0], "a bound changed a name"
    print(f"difference measured by the trainer: {bundle.manifest.max_log_prob_difference:.2g}")
    for bound, (names, uncertain) in zip(bounds, drawn, strict=True):
        draws = sum(map(len, names)) + len(names)
        print(f"bound {bound:.2g}: {uncertain} of {draws} draws, {uncertain / draws:.2%}")


async def _draw(bundle: Bundle, bound: float) -> tuple[list[str], int]:
    """Draw names under a bound; return them and the number of uncertain draws."""
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
        chunk = await model.generate(GenerateRequest(NAMES, seed=1))
        model.close()
    return model.codec.decode(chunk.names), work_counts.exact_draws - before


if __name__ == "__main__":
    main()
