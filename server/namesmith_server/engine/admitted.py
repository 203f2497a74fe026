"""Which names a constraint admits beyond its prefix and lengths: all of it as one automaton."""

from collections.abc import Iterator
from functools import lru_cache
from itertools import chain

import numpy as np

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.automaton import (
    Automaton,
    anything,
    containing,
    ending,
    excluding,
    intersection,
    merged,
    trimmed,
)
from namesmith_server.engine.constraints.regex_compiler import compile_regex
from namesmith_server.engine.lazy import lazy
from namesmith_server.engine.parameters import MAX_LENGTH, Constraint, Language
from namesmith_server.engine.stream import Stream

KEPT = 64
"""Automata of patterns that are kept."""

NOVEL = Language(novel=True)


class Admitted:
    """Makes the automata of one model's constraints."""

    def __init__(self, vocabulary: Vocabulary, training: Stream) -> None:
        """Takes the training split, which no name is of that is novel."""
        self._vocabulary = vocabulary
        self._training = training
        self._pattern = lru_cache(KEPT)(self._compiled)

    def automaton(self, constraint: Constraint) -> Automaton:
        """Admits the names that the constraint's language does, of at most its max_length.

        Raises:
            PatternError: its pattern is none, or costs too much.
            TooComplexError: together they need too many states.
        """
        language = constraint.language or Language()
        if language == NOVEL:
            return self._novel
        whole = anything(len(self._vocabulary))
        for part in self._parts(language):
            whole = trimmed(intersection(whole, part), constraint.max_length)
        if language.forbidden or language.novel:
            whole = trimmed(excluding(whole, self._excluded(language)), constraint.max_length)
        return whole

    def _parts(self, language: Language) -> Iterator[Automaton]:
        size = len(self._vocabulary)
        if language.pattern:
            yield self._pattern(language.pattern)
        if language.suffix:
            yield ending(language.suffix, size)
        if language.contains:
            yield containing(language.contains, size)

    def _excluded(self, language: Language) -> Stream:
        names = list(chain.from_iterable((*name, END) for name in language.forbidden))
        forbidden = np.array(names, dtype=np.int64)
        return np.append(forbidden, self.training) if language.novel else forbidden

    def _compiled(self, pattern: str) -> Automaton:
        return merged(trimmed(compile_regex(pattern, self._vocabulary), MAX_LENGTH))

    @lazy
    def training(self) -> Stream:
        """The distinct names of the training split, in the order of their first."""
        words = dict.fromkeys(map(tuple, _words(self._training)))
        return np.array([symbol for word in words for symbol in (*word, END)], dtype=np.int64)

    @lazy
    def _novel(self) -> Automaton:
        return excluding(anything(len(self._vocabulary)), self.training)


def _words(stream: Stream) -> Iterator[list[int]]:
    """The names of a stream."""
    word: list[int] = []
    for symbol in stream.tolist():
        if symbol == END:
            yield word
            word = []
        else:
            word.append(symbol)
