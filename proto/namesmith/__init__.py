"""The contracts that client, server and trainer share: on the wire and on disk."""
