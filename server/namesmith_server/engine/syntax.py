"""The grammar of patterns: what is outside it is refused by its place, the rest respelt.

What comes out is what greenery reads: every symbol that means something to it escaped.
"""

import re
from collections.abc import Iterator

from greenery import Charclass

from namesmith.vocabulary import END, Vocabulary
from namesmith_server.engine.errors import PatternError, shown

MAX_DEPTH = 50
"""Of groups in groups."""

TOKEN = re.compile(
    r"(?P<count>\{[^{}]*\})|(?P<extension>\(\?(?!:))|(?P<open>\((?:\?:)?)|(?P<close>\))"
    r"|(?P<class>\[\^?(?:\\.|[^\]\\])*\]?)|(?P<escape>\\.?)|(?P<anchor>[\^$])|(?P<many>[*+?])"
    r"|(?P<or>\|)|(?P<any>\.)|(?P<brace>[]{}])|(?P<character>.)",
    re.DOTALL,
)

CLOSED = re.compile(r"\[\^?(?:\\.|[^\]\\])*\]", re.DOTALL)
"""A class with its end."""

MEMBER = re.compile(r"(?P<low>\\?.)(?:-(?P<high>\\.|[^\\]))?", re.DOTALL)
"""Of a class: a character or a range. A hyphen that is first or last is a character."""

BOUNDS = re.compile(r"\{(?P<least>[0-9]+)(?P<to>,(?P<most>[0-9]+)?)?\}")

REFUSED = {
    "extension": "groups with an extension, such as look-around, are not allowed",
    "anchor": "anchors are not allowed, a pattern always matches the whole name",
    "brace": "a bracket that opens or closes nothing",
}

ESCAPES = "only punctuation can be escaped; back-references and the like are not allowed"
COUNTS = "a repetition is written as {2}, {2,} or {2,4}"
NOTHING = "there is nothing to repeat"


def checked(pattern: str, vocabulary: Vocabulary) -> str:
    """The pattern, in greenery's spelling.

    Raises:
        PatternError: it is none, nests too deep or holds characters outside the vocabulary.
    """
    return "".join(_Reader(pattern, vocabulary).spelt())


def refuse(text: str, at: int, why: str) -> PatternError:
    """The refusal of a part of a pattern."""
    return PatternError(f"{shown(text)} at position {at}: {why}")


class _Reader:
    """Goes through one pattern, a token at a time."""

    def __init__(self, pattern: str, vocabulary: Vocabulary) -> None:
        self._pattern = pattern
        self._vocabulary = vocabulary
        self._open: list[int] = []  # where the groups that are open begin
        self._before = "open"  # kind of the token before

    def spelt(self) -> Iterator[str]:
        """Each token in greenery's spelling. Raises as ``checked``."""
        for token in TOKEN.finditer(self._pattern):
            kind, text, at = token.lastgroup or "", token.group(), token.start()
            if kind in REFUSED:
                raise refuse(text, at, REFUSED[kind])
            if kind == "count" or (kind == "many" and not self._lazy(text)):
                self._check_repeats(text, at)
                text = self._count(text, at) if kind == "count" else text
            elif kind in {"open", "close"}:
                self._nest(kind, at)
            elif kind == "class":
                text = self._class(text, at)
            elif kind in {"character", "escape"}:
                text = _escaped(self._symbol(text, at), Charclass.allSpecial)
            self._before = "lazy" if kind == "many" and self._lazy(text) else kind
            yield text
        if self._open:
            raise refuse("(", self._open[-1], "the group is not closed")

    def _lazy(self, text: str) -> bool:
        """Whether this is the mark of a lazy repetition, which admits the same names."""
        return text == "?" and self._before in {"count", "many"}

    def _check_repeats(self, text: str, at: int) -> None:
        if self._before in {"open", "or"}:
            raise refuse(text, at, NOTHING)
        if self._before in {"count", "many", "lazy"}:
            raise refuse(text, at, f"{NOTHING} but a repetition, which needs a group around it")

    def _nest(self, kind: str, at: int) -> None:
        if kind == "open":
            self._open.append(at)
        elif not self._open:
            raise refuse(")", at, "it closes no group")
        else:
            self._open.pop()
        if len(self._open) > MAX_DEPTH:
            raise PatternError(f"groups nest deeper than {MAX_DEPTH} at position {at}")

    @staticmethod
    def _count(text: str, at: int) -> str:
        bounds = BOUNDS.fullmatch(text)
        if bounds is None:
            raise refuse(text, at, COUNTS)
        least, most = int(bounds["least"]), bounds["most"]
        if most is None:
            return f"{{{least},}}" if bounds["to"] else f"{{{least}}}"
        if int(most) < least:
            raise refuse(text, at, "the bounds of a repetition are in the wrong order")
        return f"{{{least},{int(most)}}}"

    def _class(self, text: str, at: int) -> str:
        if not CLOSED.fullmatch(text):
            raise refuse(text, at, "the class is not closed")
        start = 2 if text.startswith("[^") else 1
        members = list(MEMBER.finditer(text, start, len(text) - 1))
        if not members:
            raise refuse(text, at, "a class holds one character at least")
        return text[:start] + "".join(map(self._member, members)) + "]"

    def _member(self, member: re.Match[str]) -> str:
        low = self._symbol(member["low"], member.start("low"))
        if member["high"] is None:
            return _escaped(low, Charclass.classSpecial)
        high = self._symbol(member["high"], member.start("high"))
        if high < low:
            raise refuse(
                member.group(), member.start(), "the bounds of a range are in the wrong order"
            )
        return "-".join(_escaped(end, Charclass.classSpecial) for end in (low, high))

    def _symbol(self, text: str, at: int) -> str:
        """The character that a character or an escape stands for."""
        symbol = text[-1]
        if text[0] == "\\" and (len(text) == 1 or symbol.isalnum()):
            raise refuse(text, at, ESCAPES)
        if self._vocabulary.ids.get(symbol, END) == END:
            known = shown("".join(self._vocabulary.symbols[END + 1 :]))
            raise PatternError(
                f"character {symbol!r} at position {at + len(text) - 1} is not in the vocabulary:"
                f" {known}"
            )
        return symbol


def _escaped(symbol: str, special: frozenset[str]) -> str:
    return f"\\{symbol}" if symbol in special else symbol
