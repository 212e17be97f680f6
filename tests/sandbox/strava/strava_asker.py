"""A plain client for the sandbox's Strava: refreshes a token and asks, and shows exactly what came back."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from http.client import HTTPConnection
from typing import Any
from urllib.parse import urlencode, urlsplit

from sandbox.client import Sandbox

TIMEOUT_S = 10
FORM = {"Content-Type": "application/x-www-form-urlencoded"}
Rows = list[dict[str, Any]]


@dataclass(frozen=True)
class Reply:
    status: int
    headers: dict[str, str]  # by their names in lower case
    names: tuple[str, ...]  # as they stood on the wire
    body: bytes

    @property
    def json(self) -> Any:
        return json.loads(self.body)

    @property
    def fault(self) -> tuple[int, str, str, str]:
        """Status, resource, field and code of an error."""
        (first,) = self.json["errors"]
        return self.status, first["resource"], first["field"], first["code"]


class Asker:
    def __init__(self, sandbox: Sandbox, athlete: int = 0, signed_in: bool = True) -> None:
        self.sandbox, self.athlete = sandbox, athlete
        known = sandbox.strava_credentials["athletes"][athlete]
        self.athlete_id, self.refresh_token = known["athlete_id"], known["refresh_token"]
        self.access_token = ""
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
            pairs = response.getheaders()
            names = tuple(name for name, _ in pairs)
            return Reply(response.status, {k.lower(): v for k, v in pairs}, names, response.read())
        finally:
            connection.close()

    # -------------------------------------------------------------- tokens

    def token(self, **form: str) -> Reply:
        known = self.sandbox.strava_credentials
        whole = {"client_id": known["client_id"], "client_secret": known["client_secret"], **form}
        return self.request("POST", f"{self.sandbox.strava_auth_url}/oauth/token", FORM, urlencode(whole))

    def refresh(self, token: str | None = None) -> Reply:
        return self.token(grant_type="refresh_token", refresh_token=token or self.refresh_token)

    def sign_in(self) -> None:
        answer = self.refresh().json
        self.access_token, self.refresh_token = answer["access_token"], answer["refresh_token"]

    def authorize(self, **query: str) -> Reply:
        known = self.sandbox.strava_credentials
        whole = {
            "client_id": known["client_id"],
            "redirect_uri": "http://localhost:8900/back",
            "response_type": "code",
            "scope": "read,activity:read_all,profile:read_all",
            "state": "a state & more",
            **query,
        }
        return self.request("GET", f"{self.sandbox.strava_auth_url}/oauth/authorize?{urlencode(whole)}")

    def revoke(self, token: str, secret: str | None = None) -> Reply:
        known = self.sandbox.strava_credentials
        pair = f"{known['client_id']}:{secret or known['client_secret']}"
        headers = {**FORM, "Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        url = f"{self.sandbox.strava_auth_url}/oauth/revoke"
        return self.request("POST", url, headers, urlencode({"token": token}))

    # -------------------------------------------------------------- data

    def ask(self, path: str, headers: dict[str, str] | None = None, **query: Any) -> Reply:
        url = f"{self.sandbox.strava_api_url}/{path}" + (f"?{urlencode(query)}" if query else "")
        signed = {"Authorization": f"Bearer {self.access_token}"}
        return self.request("GET", url, signed if headers is None else headers)

    def page_reply(self) -> Reply:
        return self.ask("athlete/activities")

    def page(self, **query: Any) -> Rows:
        reply = self.ask("athlete/activities", **query)
        assert reply.status == 200, reply.body
        rows: Rows = reply.json
        return rows

    def walk(self, per_page: int = 200, **query: Any) -> Rows:
        """Every item, page by page until an empty one."""
        rows: Rows = []
        number = 1
        while found := self.page(page=number, per_page=per_page, **query):
            rows += found
            number += 1
        return rows

    def streams(self, activity_id: int, keys: str = "time,distance,latlng,heartrate") -> Reply:
        return self.ask(f"activities/{activity_id}/streams", keys=keys, key_by_type="true")
