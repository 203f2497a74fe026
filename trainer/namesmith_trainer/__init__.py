"""The namesmith trainer."""
