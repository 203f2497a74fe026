"""The gRPC services: convert, delegate, convert; protobuf ends here."""
