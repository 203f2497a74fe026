"""The namesmith client."""
