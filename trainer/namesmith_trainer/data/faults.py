"""``Faults``: the lines of a source that hold no name that can be taken, told all at once."""

import unicodedata
from dataclasses import dataclass, field

from namesmith.limits import MAX_TEXT_CHARACTERS
from namesmith.quoting import quoted
from namesmith_trainer.words import counted

BREAKS = frozenset({"Cc", "Zl", "Zp"})
"""Unicode categories that a name may not hold: controls, line and paragraph separators."""

MARK = "\ufeff"
"""Byte-order mark, which is dropped at the start of a file and refused anywhere else."""

BYTE = "Cs"
"""Unicode category that stands for a byte that is not UTF-8."""

TOLD = 5
"""Number of lines that a message tells one by one."""

NOT_UTF_8 = "not UTF-8"
"""Fault of a line that holds bytes which are not UTF-8."""


def refused_characters(text: str) -> frozenset[str]:
    """Return the characters of a text that no name may hold."""
    return frozenset(
        one for one in set(text) if one == MARK or unicodedata.category(one) in {*BREAKS, BYTE}
    )


def fault_of(name: str, refused: frozenset[str]) -> str | None:
    """Return the reason why a name cannot be taken; None for a name that can.

    Args:
        name: any text.
        refused: the text's characters that no name may hold, and others.
    """
    if len(name) > MAX_TEXT_CHARACTERS:
        return f"{counted(len(name), 'character')}, at most {MAX_TEXT_CHARACTERS:,} are taken"
    if refused.isdisjoint(name):
        return None
    wrong = next(one for one in name if one in refused)
    if unicodedata.category(wrong) == BYTE:
        return NOT_UTF_8
    kind = f"a byte-order mark, {wrong!r}" if wrong == MARK else repr(wrong)
    return f"{quoted(name)} contains {kind}"


@dataclass
class Faults:
    """The lines that cannot be taken.

    Attributes:
        number: number of these lines.
        first: the first ``TOLD`` of them, each as its number and the reason.
        are_bytes: True if one of them is not UTF-8.
    """

    number: int = 0
    first: list[tuple[int, str]] = field(default_factory=list)
    are_bytes: bool = False

    def add(self, line: int, fault: str) -> None:
        """Add a line."""
        self.number += 1
        self.are_bytes |= fault == NOT_UTF_8
        if len(self.first) < TOLD:
            self.first.append((line, fault))

    def __str__(self) -> str:
        """Return a message of several lines."""
        leaves = "leaves it out" if self.number == 1 else "leaves them out"
        said = [f"{counted(self.number, 'line')} cannot be taken; --skip-invalid {leaves}"]
        said += [f"  line {line:,}: {fault}" for line, fault in self.first]
        if self.number > len(self.first):
            said.append(f"  and {self.number - len(self.first):,} more")
        if self.are_bytes:
            said.append(
                "  text that is not UTF-8 is often Windows-1252: `iconv -f WINDOWS-1252 -t UTF-8`"
                " brings it into UTF-8"
            )
        return "\n".join(said)
