"""The server as a program, from its command line to its end.

``main`` reads ``cli`` into ``settings`` and calls ``run``, which serves in this process
(``lifecycle``) or in several (``workers``). ``loading`` makes models of bundles; ``transport`` is
the gRPC server and its port.
"""
