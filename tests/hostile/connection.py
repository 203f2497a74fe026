"""One connection of a hostile client, by h2 over a plain socket."""

import select
import socket
import ssl
import struct
import time
from collections import Counter, defaultdict, deque
from collections.abc import Callable, Sequence
from typing import Self

import h2.config
import h2.connection
import h2.errors
import h2.events
import h2.exceptions
import h2.settings

from hostile.answer import Answer
from hostile.sockets import WAIT, awaited, connected

LARGEST_WINDOW = 2**31 - 1
"""Largest flow-control window of HTTP/2, in bytes."""


class Connection:
    """One connection of a hostile client.

    Attributes:
        answers: answer of each call, by the number of its stream.
        pongs: number of PINGs that the server acknowledged.
        farewell: error code of the server's GOAWAY; None before it.
        closed: True if the server has closed the connection, or broken the protocol.
    """

    def __init__(
        self,
        address: str,
        *,
        window: int = LARGEST_WINDOW,
        grants: bool = True,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """Connect.

        Args:
            address: HOST:PORT, or unix:PATH.
            window: bytes of a stream's answer that the server may send unasked.
            grants: True to open windows again as data come; without it the connection takes
                65,535 bytes of answers, and no more.
            tls: context to speak TLS by; None: in the clear.
        """
        self.answers: dict[int, Answer] = defaultdict(Answer)
        self.pongs = 0
        self.farewell: int | None = None
        self.closed = False
        self._grants = grants
        self._is_greeted = False
        self._host = address
        self._outgoing: dict[int, deque[tuple[memoryview, bool]]] = {}
        self._socket = connected(address, tls)
        config = h2.config.H2Configuration(
            client_side=True,
            header_encoding="utf-8",
            validate_outbound_headers=False,
            normalize_outbound_headers=False,
            validate_inbound_headers=False,
        )
        self._h2 = h2.connection.H2Connection(config)
        self._h2.local_settings = h2.settings.Settings(
            initial_values={
                h2.settings.SettingCodes.ENABLE_PUSH: 0,
                h2.settings.SettingCodes.INITIAL_WINDOW_SIZE: window,
            }
        )
        self._h2.initiate_connection()
        if grants:
            self._h2.increment_flow_control_window(LARGEST_WINDOW - 65_535)
        self._flush(WAIT)
        self.wait(lambda: self._is_greeted)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def close(self) -> None:
        """Close the socket at once, with no farewell."""
        self._socket.close()
        self.closed = True

    def abort(self) -> None:
        """Close the socket with a RST, as a killed client's machine would."""
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.close()

    @property
    def room(self) -> int:
        """Number of calls that the server lets this connection open now."""
        most = self._h2.remote_settings.max_concurrent_streams
        return max(0, most - self._h2.open_outbound_streams)

    def call(
        self,
        method: str,
        body: bytes | None = None,
        *,
        encoding: str = "",
        timeout: str = "",
        metadata: Sequence[tuple[str, str]] = (),
        headers: Sequence[tuple[str, str]] | None = None,
    ) -> int:
        """Open a call and return the number of its stream; nothing is read.

        Args:
            method: full name, such as ``namesmith.v1.NameService/ScoreNames``.
            body: messages that are the whole request, as ``message`` makes them; they are queued,
                and leave as far as the server's windows allow, now and in later calls of methods.
                None: the request stays open for ``send``.
            encoding: value of grpc-encoding, such as gzip.
            timeout: value of grpc-timeout, such as 5S.
            metadata: more headers; many or long ones leave as CONTINUATION frames.
            headers: all headers, in place of those of gRPC.
        """
        stream = self._h2.get_next_available_stream_id()
        head = [
            (":method", "POST"),
            (":scheme", "http"),
            (":path", f"/{method}"),
            (":authority", self._host),
            ("te", "trailers"),
            ("content-type", "application/grpc"),
        ]
        head += [("grpc-encoding", encoding)] if encoding else []
        head += [("grpc-timeout", timeout)] if timeout else []
        self._h2.send_headers(stream, [*head, *metadata] if headers is None else headers)
        self.answers[stream] = Answer()
        if body is not None:
            self.post(stream, body, end=True)
        self._flush(WAIT)
        return stream

    def post(self, stream: int, data: bytes, *, end: bool = False) -> None:
        """Queue bytes of a request, which leave as the server's windows allow."""
        self._outgoing.setdefault(stream, deque()).append((memoryview(data), end))
        self._advance()

    def send(self, stream: int, data: bytes, *, end: bool = False, seconds: float = WAIT) -> bool:
        """Send bytes of a request; return whether all have left within the time."""
        self.post(stream, data, end=end)
        return self.wait(lambda: stream not in self._outgoing, seconds)

    def end(self, stream: int) -> None:
        """End a request."""
        self.post(stream, b"", end=True)
        self._flush(WAIT)

    def cancel(self, stream: int) -> None:
        """Reset a stream, as a client that cancels its call does."""
        self._outgoing.pop(stream, None)
        self._h2.reset_stream(stream, h2.errors.ErrorCodes.CANCEL)
        self._flush(WAIT)

    def grant(self, count: int, stream: int | None = None) -> None:
        """Let the server send that many bytes more, on a stream or on the connection."""
        self._h2.increment_flow_control_window(count, stream)
        self._flush(WAIT)

    def raw(self, data: bytes, seconds: float = WAIT) -> bool:
        """Write bytes as they are, behind all queued ones; return whether they left in time."""
        self._flush(seconds)
        return self._write(data, seconds)

    def wait(self, done: Callable[[], object], seconds: float = WAIT) -> bool:
        """Read and write until ``done``; return whether it came within the time."""
        until = time.monotonic() + seconds
        while not done():
            left = until - time.monotonic()
            if self.closed or left <= 0:
                return False
            self._step(min(left, 0.1))
        return True

    def read(self, stream: int, seconds: float = WAIT) -> Answer:
        """Return the answer of a call: whole, or as much as came within the time."""
        self.wait(lambda: self.answers[stream].ended, seconds)
        return self.answers[stream]

    def read_all(self, seconds: float = WAIT) -> "Counter[str]":
        """Wait for the answers of all calls; return how often each status came."""
        self.wait(lambda: all(answer.ended for answer in self.answers.values()), seconds)
        return self.statuses()

    def statuses(self) -> "Counter[str]":
        """Return how often each status has come; see ``Answer.status``."""
        return Counter(answer.status for answer in self.answers.values())

    def idle(self, seconds: float) -> None:
        """Read and answer what comes, for so many seconds or until the server closes."""
        self.wait(lambda: False, seconds)

    def _step(self, seconds: float) -> None:
        """Wait for bytes at most so long, take them in and send what they allow."""
        self._flush(seconds)
        if not self._has_bytes() and not awaited(self._socket, select.POLLIN, seconds):
            return
        try:
            data = self._socket.recv(1 << 18)
        except (ssl.SSLWantReadError, BlockingIOError):
            return
        except OSError:
            data = b""
        if not data:
            self._lost()
            return
        try:
            for event in self._h2.receive_data(data):
                self._take(event)
            self._advance()
        except h2.exceptions.ProtocolError:  # the server answers what was sent raw
            self._lost()
        self._flush(seconds)

    def _has_bytes(self) -> bool:
        """Return whether TLS has deciphered bytes that nobody has read."""
        return isinstance(self._socket, ssl.SSLSocket) and self._socket.pending() > 0

    def _take(self, event: h2.events.Event) -> None:
        match event:
            case h2.events.RemoteSettingsChanged():
                self._is_greeted = True
            case h2.events.ResponseReceived(stream_id=stream, headers=headers):
                self.answers[stream].headers = dict(headers)
            case h2.events.TrailersReceived(stream_id=stream, headers=headers):
                self.answers[stream].trailers = dict(headers)
            case h2.events.DataReceived(stream_id=stream, data=data, flow_controlled_length=count):
                self.answers[stream].body += data
                if self._grants and count:
                    self._h2.acknowledge_received_data(count, stream)
            case h2.events.StreamEnded(stream_id=stream):
                self._end(stream)
            case h2.events.StreamReset(stream_id=stream, error_code=code):
                self.answers[stream].reset = int(code)
                self._end(stream)
            case h2.events.PingAckReceived():
                self.pongs += 1
            case h2.events.ConnectionTerminated(error_code=code):
                self.farewell = int(code)

    def _end(self, stream: int) -> None:
        self.answers[stream].ended = True
        self._outgoing.pop(stream, None)

    def _lost(self) -> None:
        self.closed = True
        self._outgoing.clear()

    def _advance(self) -> None:
        """Hand as many queued bytes to h2 as the server's windows allow."""
        for stream in list(self._outgoing):
            try:
                while self._send_part(stream):
                    pass
            except h2.exceptions.ProtocolError:  # the server has ended the stream
                del self._outgoing[stream]

    def _send_part(self, stream: int) -> bool:
        """Send one frame of a stream; return whether there was one that the windows allow."""
        parts = self._outgoing[stream]
        if not parts:
            del self._outgoing[stream]
            return False
        data, end = parts[0]
        room = self._h2.local_flow_control_window(stream)
        size = min(room, self._h2.max_outbound_frame_size, len(data))
        if not size and len(data):
            return False
        is_last = size == len(data)
        self._h2.send_data(stream, bytes(data[:size]), end_stream=end and is_last)
        if is_last:
            parts.popleft()
        else:
            parts[0] = (data[size:], end)
        return True

    def _flush(self, seconds: float) -> None:
        data = self._h2.data_to_send()
        if data and not self.closed:
            self._write(data, max(seconds, WAIT))

    def _write(self, data: bytes, seconds: float) -> bool:
        until = time.monotonic() + seconds
        rest = memoryview(data)
        while rest and not self.closed:
            try:
                rest = rest[self._socket.send(rest) :]
            except (ssl.SSLWantWriteError, BlockingIOError):
                left = until - time.monotonic()
                if left <= 0:
                    self._lost()  # half a frame is on its way: the connection is of no more use
                    return False
                awaited(self._socket, select.POLLOUT, left)
            except OSError:
                self._lost()
        return not rest
