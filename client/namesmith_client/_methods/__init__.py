"""The operations as methods of each client, generated so that editors see them (make methods)."""

from namesmith_client._methods.admin_awaiting import AsyncAdminMethods
from namesmith_client._methods.admin_blocking import AdminMethods
from namesmith_client._methods.awaiting import AsyncMethods
from namesmith_client._methods.blocking import Methods

__all__ = ["AdminMethods", "AsyncAdminMethods", "AsyncMethods", "Methods"]
