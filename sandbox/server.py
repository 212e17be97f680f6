"""HTTP plumbing: read a request, ask the world, put the answer on the wire, badly if told so.

The answer is written by hand in one send rather than through `send_response`, because half of the
faults are about bytes: a promise of more than is sent, a pause after the headers, a reset.
"""

from __future__ import annotations

import socket
import socketserver
import struct
import sys
import threading
from email.utils import formatdate
from http import HTTPStatus
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

from sandbox.control import PREFIX, control
from sandbox.messages import Answer, Request
from sandbox.world import World

HOST = "127.0.0.1"
RESET_ON_CLOSE = struct.pack("ii", 1, 0)  # SO_LINGER on, 0 seconds: close sends RST


class SandboxServer(ThreadingHTTPServer):
    """One thread a connection; threads die with the process."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self, port: int, world: World) -> None:
        self.world = world
        self.stopping = threading.Event()
        super().__init__((HOST, port), Handler)

    def server_bind(self) -> None:
        """Bind without the reverse name lookup of HTTPServer, which may take seconds."""
        socketserver.TCPServer.server_bind(self)
        self.server_name, self.server_port = HOST, self.server_address[1]

    def handle_error(self, request: object, client_address: object) -> None:
        """A client that goes away is part of the game; a mistake of ours is not."""
        if not isinstance(sys.exception(), OSError):
            super().handle_error(request, client_address)  # type: ignore[arg-type]

    @property
    def base_url(self) -> str:
        return f"http://{HOST}:{self.server_port}"


class Handler(BaseHTTPRequestHandler):
    """Any method, any path."""

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    server: SandboxServer

    def _serve(self) -> None:
        path, _, query = self.path.partition("?")
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        headers = {name.lower(): value for name, value in self.headers.items()}
        request = Request(self.command, path, query, headers, body)
        world = self.server.world
        answer = control(world, request) if path.startswith(PREFIX) else world.handle(request)
        self._deliver(answer)

    do_GET = do_POST = do_PUT = do_DELETE = do_PATCH = do_HEAD = _serve

    def _deliver(self, answer: Answer) -> None:
        delivery = answer.delivery
        cut = delivery.body_bytes_sent
        body = answer.body if cut is None else answer.body[:cut]
        if self.command == "HEAD":
            body = b""
        if delivery.reset:
            self._send(self._head(answer) + body if cut is not None else b"")
            self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, RESET_ON_CLOSE)
            self._hang_up()
            return
        if delivery.stall_seconds or delivery.drip_bytes:
            if delivery.stalls_before_headers:
                self.server.stopping.wait(delivery.stall_seconds)
            self._send(self._head(answer))
            if not delivery.stalls_before_headers:
                self.server.stopping.wait(delivery.stall_seconds)
            self._drip(body, delivery.drip_bytes or len(body) or 1, delivery.drip_pause_seconds)
        else:
            self._send(self._head(answer) + body)
        if cut is not None:
            self._hang_up()

    def _head(self, answer: Answer) -> bytes:
        try:
            reason = HTTPStatus(answer.status).phrase
        except ValueError:
            reason = "Unknown"
        fields = {
            "Date": formatdate(self.server.world.now_s(), usegmt=True),
            "Content-Type": answer.content_type,
            "Content-Length": str(len(answer.body)),
            **answer.headers,
        }
        lines = [
            f"HTTP/1.1 {answer.status} {reason}",
            *(f"{name}: {value}" for name, value in fields.items()),
        ]
        return ("\r\n".join(lines) + "\r\n\r\n").encode("latin-1")

    def _drip(self, body: bytes, chunk_bytes: int, pause_s: float) -> None:
        for start in range(0, len(body), chunk_bytes):
            self._send(body[start : start + chunk_bytes])
            if pause_s and self.server.stopping.wait(pause_s):
                return

    def _send(self, data: bytes) -> None:
        try:
            self.connection.sendall(data)
        except OSError:
            self.close_connection = True

    def _hang_up(self) -> None:
        """Close now. The stream object holds the socket open, so it must go first."""
        self.close_connection = True
        self.rfile.close()
        self.connection.close()

    def log_message(self, format: str, *args: object) -> None:
        """Silent: the request log is at /_sandbox/requests."""
