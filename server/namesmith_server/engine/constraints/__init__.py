"""Constraints: from the words of a caller to one automaton that admits the names they allow."""
