"""Composition: settings, loading, the gRPC server, its start and its end."""
