"""The fake server behind the fake clients: pure Python, with a small model of its own."""

from namesmith_client.testing._fake._service import FakeService

__all__ = ["FakeService"]
