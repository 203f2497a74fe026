"""Names that a model draws, as text, and samplings of every sort to draw them under."""

from collections.abc import Callable

from namesmith_server.app.settings import BackendName
from namesmith_server.engine import GenerateRequest, Model, Sampling

Load = Callable[[BackendName], Model]
"""A function that loads one model on the given backend."""

FALSE_ALARM = 1e-6
"""Probability that one statistical test fails when everything is right."""

SAMPLINGS = (
    Sampling(),
    Sampling(temperature=0.7, top_k=9),
    Sampling(temperature=1.4, top_p=0.9, min_p=0.02),
    Sampling(temperature=0),
)
"""Samplings that together use every setting; the last sampling is greedy."""


async def drawn(model: Model, request: GenerateRequest) -> list[str]:
    """Return the names of a request as text."""
    return model.codec.decode((await model.generate(request)).names)
