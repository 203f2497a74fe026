"""Blends of served models in a model's place: found by their text, built once, kept in bounds."""

import asyncio
import gc
import weakref
from collections import defaultdict
from contextlib import ExitStack
from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from namesmith.blend import WHOLE, BlendError, blend_text, is_blend, parse_blend, shares_of
from namesmith.limits import MAX_BLEND_CHARACTERS
from namesmith.v1.manifest_pb2 import Manifest
from namesmith.v1.names_pb2 import ModelRef
from namesmith_server.engine import (
    Admission,
    CooperativeExecutor,
    Ledger,
    Model,
    SingleFlightCache,
    blend_models,
    estimated_size,
)
from namesmith_server.grpc.call_record import holder
from namesmith_server.grpc.cancellation import Context
from namesmith_server.grpc.catalog import Catalog, ServedModel
from namesmith_server.grpc.errors import (
    InvalidArgumentError,
    UnknownVersionError,
    Violation,
)

BUILD_WEIGHT = 2_048
"""Admission weight of a call whose blend is not kept, in names, until the blend is built."""

IDLE_SECONDS = 600.0
"""Seconds for which a blend is kept that nobody asks for, unless its memory is needed."""


@dataclass(frozen=True)
class Mixture:
    """Versions of models and their shares, in the order of names and versions.

    Attributes:
        parts: the versions, each once.
        shares: share of each version, integers whose sum is ``WHOLE``.
    """

    parts: tuple[ServedModel, ...]
    shares: tuple[int, ...]

    @property
    def name(self) -> str:
        """The canonical text, which stands for the same blend as long as its parts are served."""
        of_each = zip(self.parts, self.shares, strict=True)
        return blend_text((part.name, part.version, share) for part, share in of_each)


@dataclass(frozen=True, eq=False)
class ServedBlend(ServedModel):
    """A blend in a model's place; its version is 0, and it has no manifest of its own.

    Attributes:
        parts: versions that it was blended from, which live as long.
        size: number of bytes that it holds beside its parts.
    """

    parts: tuple[ServedModel, ...]
    size: int


class Blends:
    """The models that calls ask for, blends among them; used from one event loop.

    A blend is kept on the shelf of the ledger until its memory is needed, its parts change, or
    nobody asks for it. While a call uses it, its bytes are lent to the call.
    """

    def __init__(self, catalog: Catalog, admission: Admission) -> None:
        """Set the served models, and the bound on the names in work."""
        self._catalog = catalog
        self._admission = admission
        self._cooperative = CooperativeExecutor()
        self._loans: dict[asyncio.Task[Any], ExitStack] = {}
        self._cache: SingleFlightCache[Mixture, ServedBlend] | None = None
        catalog.on_change(self._forget)

    async def get(self, asked: ModelRef, context: Context | None = None) -> ServedModel:
        """Return the version that a call asks for, or the blend, built where it is not kept.

        Args:
            asked: the version or blend.
            context: context of the call, under whose holder the work is counted; None: nobody's.

        Raises:
            InvalidArgumentError, UnknownModelError, UnknownVersionError, NotReadyError: as
                ``resolve``.
            CannotBlendError: the models do not go together.
            OverloadedError, MemoryShortError, TooManyPendingError, WorkTooLargeError: the blend is
                not kept, and there is no room to build it.
        """
        found = self.resolve(asked)
        if isinstance(found, ServedModel):
            return found
        ledger = found.parts[0].model.ingredients.ledger
        cache = self._cache_on(ledger)
        blend = cache.peek(found)
        if blend is None:
            with self._admission.admit(BUILD_WEIGHT, holder(context) if context else ""):
                blend = await ledger.run(
                    lambda claim: cache.get(found, self._cooperative.within(claim)),
                    estimated_size([part.model for part in found.parts]),
                )
        self._lend_to_call(ledger, blend)
        return blend

    def resolve(self, asked: ModelRef) -> ServedModel | Mixture:
        """Return the version that a call asks for, or the versions and shares of a blend.

        The shares of equal versions are added; a blend of one version alone is the version.

        Raises:
            InvalidArgumentError: the text is no blend, or a version or label stands beside it.
            NotReadyError: no model is served.
            UnknownModelError, UnknownVersionError: a part is not served.
        """
        if not is_blend(asked.name):
            return self._catalog.get(asked)
        _refuse_version(asked)
        try:
            weights: dict[ServedModel, Fraction] = defaultdict(Fraction)
            for part in parse_blend(asked.name):
                weights[self._part(part.name, part.version, part.label)] += part.weight
            parts = sorted(weights, key=lambda one: (one.name, one.version))
            shares = shares_of([weights[part] for part in parts], [one.name for one in parts])
        except BlendError as error:
            raise InvalidArgumentError([Violation("model.name", str(error))]) from None
        return _within_bounds(Mixture(tuple(parts), shares)) if len(parts) > 1 else parts[0]

    def _part(self, name: str, version: int, label: str) -> ServedModel:
        """Return a part; its errors are about the field that holds the blend."""
        try:
            return self._catalog.get(ModelRef(name=name, version=version, label=label))
        except UnknownVersionError as error:
            raise UnknownVersionError("model.name", error.resource, str(error)) from None

    def _cache_on(self, ledger: Ledger) -> SingleFlightCache[Mixture, ServedBlend]:
        if self._cache is None:
            loop = asyncio.get_running_loop()
            self._cache = SingleFlightCache(
                ledger.shelf, lambda mixture: _build(mixture, loop), idle_seconds=IDLE_SECONDS
            )
        return self._cache

    def _lend_to_call(self, ledger: Ledger, blend: ServedBlend) -> None:
        """Count the bytes of a blend until its call ends, or asks for another one."""
        task = asyncio.current_task()
        if task is None:
            return
        if task in self._loans:
            self._loans[task].close()
        else:
            task.add_done_callback(lambda ended: self._loans.pop(ended).close())
        loan = self._loans[task] = ExitStack()
        loan.enter_context(ledger.lend(blend, blend.size))

    def _forget(self) -> None:
        """Keep no blend any longer, also none that is being built: their parts have changed."""
        if self._cache is not None:
            self._cache.close()
            self._cache = None


def _within_bounds(mixture: Mixture) -> Mixture:
    """Return a mixture whose canonical text can be asked for; refuse a longer one."""
    length = len(mixture.name)
    if length > MAX_BLEND_CHARACTERS:
        told = f"{length} characters with all versions, at most {MAX_BLEND_CHARACTERS} are allowed"
        raise InvalidArgumentError([Violation("model.name", told)])
    return mixture


def _refuse_version(asked: ModelRef) -> None:
    """Refuse a version or a label beside a blend, whose parts have their own."""
    given = {"model.version": str(asked.version or ""), "model.label": asked.label}
    violations = [
        Violation(field, f"{value} beside a blend, each part of which may name its own")
        for field, value in given.items()
        if value
    ]
    if violations:
        raise InvalidArgumentError(violations)


def _build(mixture: Mixture, loop: asyncio.AbstractEventLoop) -> ServedBlend:
    """Build a blend, in a thread; its end, once nobody uses it any more, is the loop's matter."""
    models = [part.model for part in mixture.parts]
    model, size = blend_models(models, [share / WHOLE for share in mixture.shares])
    blend = ServedBlend(mixture.name, 0, model, Manifest(), mixture.parts, size)
    ended = weakref.finalize(blend, _end_soon, loop, model)
    ended.atexit = False
    return blend


def _end_soon(loop: asyncio.AbstractEventLoop, model: Model) -> None:
    """End a blend's model, from whichever thread has dropped the blend."""
    if not loop.is_closed():
        loop.call_soon_threadsafe(_end, loop, model)


def _end(loop: asyncio.AbstractEventLoop, model: Model) -> None:
    """Drop what is kept for a model, end its threads in a thread, and free its memory."""
    model.forget()
    closed = loop.run_in_executor(None, model.close)
    closed.add_done_callback(lambda _: loop.call_soon(gc.collect))  # a model refers to itself
