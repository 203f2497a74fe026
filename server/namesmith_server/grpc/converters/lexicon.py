"""The words of a model for the reader of a request: its vocabulary, and what no name may hold."""

import logging
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import cached_property, lru_cache
from weakref import WeakKeyDictionary

from namesmith.excluded_texts import sha256_of_texts
from namesmith.vocabulary import Vocabulary
from namesmith_server.engine import Codec, Constraint, UnsatisfiableError, kinds
from namesmith_server.grpc.catalog import ServedModel

OWN_TEXTS = "this server excludes texts of its own from every name"
"""Words that follow the error of a constraint, or a prefix, that leaves no name."""

logger = logging.getLogger(__name__)

KEPT = 64
"""Number of vocabularies, which blends share, whose lexicons are kept."""


class Lexicon:
    """The vocabulary of a model, and the server's own excluded texts in its symbols.

    Attributes:
        vocabulary: symbols of the model.
        excluded: constraint of the server on every name; None: it has none.
    """

    def __init__(self, vocabulary: Vocabulary, excluded: kinds.Excludes | None = None) -> None:
        self.vocabulary = vocabulary
        self.excluded = excluded

    @cached_property
    def default(self) -> Constraint:
        """The constraint of a request that sets none."""
        return Constraint() if self.excluded is None else Constraint(content=(self.excluded,))


class ExcludedTexts:
    """The texts that a server excludes from the names of every model."""

    def __init__(self, texts: Sequence[str] = ()) -> None:
        self._texts = texts
        self._of = lru_cache(KEPT)(self._made)
        self._known = WeakKeyDictionary[ServedModel, Lexicon]()

    def peek(self, served: ServedModel) -> Lexicon | None:
        """Return the lexicon of a served model that was asked for before; None of another one."""
        return self._known.get(served)

    def lexicon(self, served: ServedModel) -> Lexicon:
        """Return the lexicon of a served model; texts that its names cannot hold are left out.

        The first one of a vocabulary takes some 20 ms for the most texts.
        """
        made = self._known[served] = self._of(served.model.vocabulary)
        return made

    @property
    def sha256(self) -> str:
        """The SHA-256 of the texts, in hexadecimal; empty: there are none."""
        return sha256_of_texts(self._texts)

    @contextmanager
    def told(self) -> Iterator[None]:
        """Have the error of a constraint that no name satisfies tell that there are such texts.

        Raises:
            UnsatisfiableError: work within raised it.
        """
        try:
            yield
        except UnsatisfiableError as error:
            if not self._texts:
                raise
            raise UnsatisfiableError(f"{error}; {OWN_TEXTS}") from None

    def _made(self, vocabulary: Vocabulary) -> Lexicon:
        if not self._texts:
            return Lexicon(vocabulary)
        known, normal = frozenset(vocabulary.ids), list(map(vocabulary.normalise, self._texts))
        words = [text for text in dict.fromkeys(normal) if known.issuperset(text)]
        if lacked := len(self._texts) - sum(known.issuperset(text) for text in normal):
            logger.info("%d excluded texts have characters that a model lacks", lacked)
        return Lexicon(vocabulary, kinds.Excludes(Codec(vocabulary).encode(words)))
