"""A plain client for the sandbox's iRacing: signs in with masked secrets, asks, follows links by hand.

Each step is a method of its own, because the tests are about the steps.
"""

from __future__ import annotations

import base64
import hashlib
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.client import Sandbox

TIMEOUT_S = 10
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)


def mask(secret: str, identifier: str) -> str:
    digest = hashlib.sha256(f"{secret}{identifier.strip().lower()}".encode()).digest()
    return base64.b64encode(digest).decode("ascii")


class Racer:
    def __init__(self, sandbox: Sandbox, signed_in: bool = True) -> None:
        self.sandbox = sandbox
        self.access_token = self.refresh_token = ""
        if signed_in:
            self.sign_in()

    def request(
        self, method: str, url: str, headers: dict[str, str] | None = None, body: str | None = None
    ) -> Reply:
        parts = urlsplit(url)
        connection = HTTPConnection("127.0.0.1", self.sandbox.port, timeout=TIMEOUT_S)
        try:
            connection.request(method, f"{parts.path}?{parts.query}".rstrip("?"), body, headers or {})
            response = connection.getresponse()
            return Reply(response.status, {k.lower(): v for k, v in response.getheaders()}, response.read())
        finally:
            connection.close()

    # -------------------------------------------------------------- tokens

    def form(self, **changes: str) -> dict[str, str]:
        """A correct password grant, with changes."""
        known = self.sandbox.iracing_credentials
        return {
            "grant_type": "password_limited",
            "client_id": known["client_id"],
            "client_secret": mask(known["client_secret"], known["client_id"]),
            "username": known["username"],
            "password": mask(known["password"], known["username"]),
            "scope": "iracing.auth",
            **changes,
        }

    def token(self, **changes: str) -> Reply:
        url = f"{self.sandbox.iracing_auth_url}/oauth2/token"
        return self.request("POST", url, FORM, urlencode(self.form(**changes)))

    def refresh(self, token: str | None = None) -> Reply:
        return self.token(grant_type="refresh_token", refresh_token=token or self.refresh_token)

    def sign_in(self) -> None:
        answer = self.token().json
        self.access_token, self.refresh_token = answer["access_token"], answer["refresh_token"]

    # -------------------------------------------------------------- data

    @property
    def bearer(self) -> dict[str, str]:
        return {"Authorization": f"Bearer {self.access_token}"}

    def ask(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Reply:
        """A data request, not followed."""
        url = f"{self.sandbox.iracing_api_url}/data/{path}" + (f"?{urlencode(query)}" if query else "")
        return self.request("GET", url, self.bearer if headers is None else headers)

    def fetch(self, address: str, **headers: str) -> Reply:
        """A download from the storage, without a token unless one is given."""
        return self.request("GET", address, headers)

    def document(self, path: str, **query: Any) -> Any:
        """What the link of a data answer leads to."""
        return self.fetch(self.ask(path, **query).json["link"]).json

    def rows(self, chunk_info: dict[str, Any] | None) -> list[Any]:
        """All chunks, one after the other."""
        if not chunk_info:
            return []
        names = chunk_info["chunk_file_names"]
        return [row for name in names for row in self.fetch(chunk_info["base_download_url"] + name).json]
