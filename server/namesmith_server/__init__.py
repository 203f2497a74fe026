"""The namesmith server."""
