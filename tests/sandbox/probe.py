"""A plain client for the sandbox: signs in, asks, and shows exactly what came back.

`raw_get` reads the socket itself, because a library would hide what the faults are about: how many
bytes arrived, how long they took, and how the connection ended.
"""

from __future__ import annotations

import http.client
import json
import socket
import time
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.client import Sandbox

TIMEOUT_S = 10


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass(frozen=True)
class RawReply:
    head: str
    body: bytes
    ending: str  # "closed" or "reset"
    seconds: float

    @property
    def promised_bytes(self) -> int:
        line = next(line for line in self.head.split("\r\n") if line.lower().startswith("content-length"))
        return int(line.split(":")[1])


class Probe:
    """Signed in as one of the sandbox's members with his refresh token; keeps rotating its own."""

    def __init__(self, sandbox: Sandbox, member: int = 0) -> None:
        self.sandbox = sandbox
        self.user_id = sandbox.members[member]["user_id"]
        self.refresh_token = sandbox.members[member]["refresh_token"]
        self.access_token = ""
        self._connection = http.client.HTTPConnection("127.0.0.1", sandbox.port, timeout=TIMEOUT_S)
        self.sign_in()

    @property
    def headers(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}", "Peloton-Platform": "web"}

    def request(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> Reply:
        parts = urlsplit(url)
        target = parts.path + (f"?{parts.query}" if parts.query else "")
        self._connection.request(method, target, body, headers or {})
        response = self._connection.getresponse()
        return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())

    def get(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Reply:
        """A data request; signed in unless other headers are given."""
        text = "?" + urlencode(query, doseq=True) if query else ""
        return self.request(
            "GET", self.sandbox.api_url + path + text, self.headers if headers is None else headers
        )

    def archived(self, **query: Any) -> Any:
        return self.get("/api/v2/ride/archived", **query).json

    def details(self, class_id: str) -> Any:
        return self.get(f"/api/ride/{class_id}/details").json

    def walk(self, **query: Any) -> list[dict[str, Any]]:
        """Every row of the list, page by page of 100, until a short page."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.archived(limit=100, page=len(rows) // 100, **query)
            rows += page["data"]
            if page["count"] < 100:
                return rows

    def workouts(self, **query: Any) -> Any:
        """One page of the member's own workouts."""
        return self.get(f"/api/user/{self.user_id}/workouts", **query).json

    def walk_workouts(self, **query: Any) -> list[dict[str, Any]]:
        """Every row of the member's workouts, page by page of 100."""
        rows: list[dict[str, Any]] = []
        while True:
            page = self.workouts(limit=100, page=len(rows) // 100, **query)
            rows += page["data"]
            if not page["show_next"]:
                return rows

    def token(self, **form: str) -> Reply:
        """A request to the token endpoint, sent as a form."""
        url = f"{self.sandbox.auth_url}/oauth/token"
        kind = {"Content-Type": "application/x-www-form-urlencoded"}
        return self.request("POST", url, kind, urlencode({"client_id": "tests", **form}))

    def refresh(self) -> Reply:
        return self.token(grant_type="refresh_token", refresh_token=self.refresh_token)

    def sign_in(self) -> None:
        answer = self.refresh().json
        self.access_token, self.refresh_token = answer["access_token"], answer["refresh_token"]

    def raw_get(self, path: str) -> RawReply:
        """One GET on a socket of its own, read until the server hangs up."""
        lines = [
            f"GET {urlsplit(self.sandbox.api_url).path}{path} HTTP/1.1",
            "Host: sandbox",
            "Connection: close",
        ]
        lines += [f"{name}: {value}" for name, value in self.headers.items()]
        received, ending, started_s = b"", "closed", time.monotonic()
        with socket.create_connection(("127.0.0.1", self.sandbox.port), timeout=TIMEOUT_S) as raw:
            raw.sendall(("\r\n".join(lines) + "\r\n\r\n").encode())
            try:
                while chunk := raw.recv(65_536):
                    received += chunk
            except ConnectionResetError:
                ending = "reset"
        head, _, body = received.partition(b"\r\n\r\n")
        return RawReply(head.decode(), body, ending, time.monotonic() - started_s)
