"""A webhook and a mail server on 127.0.0.1 that keep what they are sent, and refuse it when they are told to."""

from __future__ import annotations

import base64
import json
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email import message_from_string
from email.message import Message
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from ipaddress import ip_address
from pathlib import Path
from socketserver import StreamRequestHandler, ThreadingTCPServer
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID


class WebhookReceiver(ThreadingHTTPServer):
    """Keeps the bodies of POSTs; answers with `status` and, of a redirect, with `location`."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Post)
        self.status, self.location = 200, ""
        self.paths: list[str] = []
        self.bodies: list[dict[str, Any]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Post(BaseHTTPRequestHandler):
    server: WebhookReceiver

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.server.paths.append(self.path)
        if self.server.status == 200:
            self.server.bodies.append(body)
        said = f"no {self.path}".encode()  # a receiver that repeats its address
        self.send_response(self.server.status)
        if self.server.location:
            self.send_header("Location", self.server.location)
        self.send_header("Content-Length", str(len(said)))
        self.end_headers()
        self.wfile.write(said)

    def log_message(self, format: str, *args: Any) -> None:
        """Nothing on the test's output."""


class MailServer(ThreadingTCPServer):
    """As much of SMTP as a sender needs: STARTTLS when there is a certificate, AUTH PLAIN, and mails kept."""

    daemon_threads = allow_reuse_address = True

    def __init__(self, certificate: Path | None, password: str = "") -> None:
        super().__init__(("127.0.0.1", 0), _Dialogue)
        self.certificate, self.password = certificate, password
        self.refuses = False
        self.mails: list[Message] = []
        self.lines_in_the_clear: list[str] = []

    @property
    def host(self) -> str:
        return f"127.0.0.1:{self.server_address[1]}"


class _Dialogue(StreamRequestHandler):
    server: MailServer

    def handle(self) -> None:
        self.encrypted = False
        self.say("220 ready")
        while line := self.rfile.readline().decode().rstrip("\r\n"):
            if not self.encrypted:
                self.server.lines_in_the_clear.append(line)
            if self.answer(line) is False:
                return

    def say(self, *lines: str) -> None:
        self.wfile.write("".join(line + "\r\n" for line in lines).encode())

    def answer(self, line: str) -> bool:
        word = line.split(" ")[0].split(":")[0].upper()
        if word == "EHLO":
            offers_tls = self.server.certificate and not self.encrypted
            self.say("250-here", "250 STARTTLS" if offers_tls else "250 AUTH PLAIN")
        elif word == "STARTTLS":
            self.say("220 go ahead")
            context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
            context.load_cert_chain(self.server.certificate or "")
            try:
                self.request = context.wrap_socket(self.request, server_side=True)
            except ssl.SSLError:  # the sender does not trust us
                return False
            self.setup()
            self.encrypted = True
        elif word == "AUTH":
            _, _, password = base64.b64decode(line.split(" ")[2]).decode().split("\0")
            is_right = password == self.server.password
            self.say(
                "235 welcome" if is_right else f"535 no, {password} is wrong"
            )  # a server that repeats it
        elif word == "DATA":
            self.say("354 go on")
            text = ""
            while (part := self.rfile.readline().decode()) != ".\r\n":
                text += part
            if self.server.refuses:
                self.say("554 not wanted")
            else:
                self.server.mails.append(message_from_string(text))
                self.say("250 kept")
        else:
            self.say("221 bye" if word == "QUIT" else "250 fine")
            return word != "QUIT"
        return True


@contextmanager
def serving(server: Any) -> Iterator[Any]:
    """The server at work in a thread of its own."""
    with server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
        thread.start()
        try:
            yield server
        finally:
            server.shutdown()
            thread.join()


def certificate(folder: Path) -> Path:
    """A certificate of 127.0.0.1 with its key in one file; who trusts it is asked by SSL_CERT_FILE."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "a mail server of a test")])
    today = datetime.now(UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(today - timedelta(days=1))
        .not_valid_after(today + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address("127.0.0.1"))]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    path = folder / "mail.pem"
    pem = serialization.Encoding.PEM
    secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    path.write_bytes(secret + made.public_bytes(pem))
    return path
