"""The server as a program, from its command line to its end.

``main`` reads the ``settings`` with ``cli`` and calls ``run``, which serves in this process
(``lifecycle``) or in several (``workers``). ``loading`` loads the bundles' models; ``transport`` is
the gRPC server and its port. ``signals`` stop it all by a ``drain``, which closes the
``connections``; the process ends by ``leaving``, behind the last line of its ``logging``.
"""
