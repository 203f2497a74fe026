"""The services over HTTP, and a page: Connect, gRPC-Web and plain JSON in front of a gRPC server.

``namesmith-web`` hands every message to the gRPC server unchanged, and every status back.
"""
