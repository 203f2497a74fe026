"""Patterns, ``Constraint.pattern`` of the contract: a text becomes a tree over symbol ids."""

from namesmith.pattern.parser import PatternSyntaxError, parse_pattern, read_pattern
from namesmith.pattern.tree import Alternation, CharacterClass, Concatenation, Node, Repeat

__all__ = [
    "Alternation",
    "CharacterClass",
    "Concatenation",
    "Node",
    "PatternSyntaxError",
    "Repeat",
    "parse_pattern",
    "read_pattern",
]
