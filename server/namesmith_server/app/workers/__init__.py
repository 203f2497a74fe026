"""Workers: several processes behind one port, under one supervisor."""

from namesmith_server.app.workers.supervisor import Supervisor

__all__ = ["Supervisor"]
