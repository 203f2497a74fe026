"""Running the front: from its socket to the end of its last call."""

import asyncio
import contextlib
import logging
import os
import signal
import socket
import sys
import webbrowser
from types import FrameType

import click
import uvicorn

from namesmith.version import VERSION
from namesmith_web.beside import server_beside
from namesmith_web.connections import bounded
from namesmith_web.front import Front
from namesmith_web.gate import Bounds, Gate
from namesmith_web.health import Health
from namesmith_web.log import logging_lines
from namesmith_web.origins import Origins
from namesmith_web.page import Page
from namesmith_web.places import Places
from namesmith_web.rates import Rates
from namesmith_web.services import Services
from namesmith_web.settings import DEFAULT_SERVER, Settings
from namesmith_web.upstream import Upstream, upstream_of

MAX_CONNECTIONS = 1_000
"""Largest number of connections; further ones are answered 503."""

KEEP_ALIVE = 20
"""Seconds that a connection without a whole head of a request stays open."""

MAX_BODIES = 256
"""Largest number of requests whose body is coming in; an address has an eighth of them."""

MAX_HEAD = 16_384
"""Size in bytes of a request's head that is still incomplete beyond which it is refused."""

NICENESS = 10
"""Steps by which the front's priority is below a server's: callers over gRPC come first."""

log = logging.getLogger(__name__)


def run(settings: Settings) -> None:
    """Serve until SIGTERM or SIGINT, and let the calls in flight end.

    Raises:
        NoServerError: the server beside the front cannot be started.
        OSError: the address is taken or is none of this machine's, or a file cannot be read.
        ValueError: the file of certificates is not in PEM form, or the server's address is none.
    """
    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, _end_before_serving)
    with contextlib.ExitStack() as stack:
        stack.enter_context(logging_lines())
        family = socket.AF_INET6 if ":" in settings.host else socket.AF_INET
        listening = stack.enter_context(
            socket.create_server((settings.host, settings.port), family=family)
        )
        server = settings.server
        if settings.with_server:
            server = stack.enter_context(server_beside())
        os.nice(NICENESS)
        asyncio.run(_serve(settings, listening, server))
        log.info("stopped")


async def _serve(settings: Settings, listening: socket.socket, server: str) -> None:
    upstream = upstream_of(settings, server)
    async with upstream.client:
        front = uvicorn.Server(_config(settings, _front(settings, upstream, server)))
        for number in (signal.SIGTERM, signal.SIGINT):  # uvicorn raises them again at its end
            signal.signal(number, front.handle_exit)
        port = listening.getsockname()[1]
        host = f"[{settings.host}]" if ":" in settings.host else settings.host
        page = f"http://{host}:{port}/"
        facts = {"page": page, "port": port, "grpc_server": server, "server_version": VERSION}
        log.info("serving", extra={**facts, "hands_tokens_on": upstream.hands_tokens_on})
        if settings.opens_browser:
            await _open(page)
        await front.serve([listening])


async def _open(page: str) -> None:
    """Print where the page is, and open it where there is a screen."""
    click.echo(f"the page is at {page}")
    if sys.platform == "darwin" or {"DISPLAY", "WAYLAND_DISPLAY"} & os.environ.keys():
        await asyncio.to_thread(webbrowser.open, page)


def _front(settings: Settings, upstream: Upstream, server: str) -> Front:
    at_hand = settings.with_server or server.startswith(("127.0.0.1:", "localhost:"))
    beside = server if at_hand and server != DEFAULT_SERVER else ""
    options = ("--max-calls", "--max-calls-per-address")
    bounds = Bounds(
        Rates(settings.rate),
        Places(MAX_BODIES, MAX_BODIES // 8, "requests without their body"),
        Places(settings.max_calls, settings.calls_of_one, "calls", options),
        settings.max_request_bytes,
        settings.timeout,
    )
    services = Services(upstream, settings.max_request_bytes)
    gate = Gate(services, Origins(settings.origins), bounds)
    return Front(Page(beside), gate, Health(upstream.is_serving).is_serving)


def _config(settings: Settings, front: Front) -> uvicorn.Config:
    return uvicorn.Config(
        front,
        access_log=False,
        h11_max_incomplete_event_size=MAX_HEAD,
        http=bounded(settings.max_connections_per_address, KEEP_ALIVE),
        lifespan="off",
        limit_concurrency=MAX_CONNECTIONS,
        log_config=None,
        proxy_headers=False,  # anyone can write them
        server_header=False,
        timeout_graceful_shutdown=int(settings.grace),
        timeout_keep_alive=KEEP_ALIVE,
        ws="none",
    )


def _end_before_serving(number: int, _frame: FrameType | None) -> None:
    raise SystemExit(128 + number)
