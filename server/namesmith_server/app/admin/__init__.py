"""The admin service: which versions are served, changed by an operator's call.

    server      listens on the address of the settings, for this service alone
    methods     each RPC: convert, ask the controller, convert back
    messages    plain values of the controller to messages

It runs in the process that decides, in threads of its own: beside the event loop of a single
server, or in the supervisor of several workers.
"""

from namesmith_server.app.admin.server import AdminServer

__all__ = ["AdminServer"]
