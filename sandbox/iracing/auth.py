"""The token endpoint: the password_limited grant, and refresh tokens that work once.

The surprising thing is its own limit: it answers 400 with the code that a wrong client id has too, and only
the `Retry-After` header tells the two apart.
"""

from __future__ import annotations

import base64
import hashlib
from typing import Any
from urllib.parse import parse_qsl

from sandbox.iracing.limit import FixedWindow
from sandbox.messages import Answer, Request, json_answer
from sandbox.peloton.seeds import Seeds

FORM_TYPE = "application/x-www-form-urlencoded"
SCOPES = ("iracing.auth", "iracing.profile")
ERROR_PAGE = "https://oauth.example/errors"


def masked(secret: str, identifier: str) -> str:
    """How secrets travel: base64 of the SHA-256 of the secret and the trimmed, lower-case identifier."""
    return base64.b64encode(hashlib.sha256((secret + identifier.strip().lower()).encode()).digest()).decode()


class OAuthDesk:
    """Issues and checks tokens. Not thread-safe: the caller holds a lock."""

    def __init__(self, seeds: Seeds, settings: dict[str, Any]) -> None:
        self._seeds = seeds
        self._settings = settings
        self._issued = 0
        self._access: dict[str, float] = {}  # token: when it dies
        self._refresh: dict[str, float] = {}
        self._window = FixedWindow()
        self.credentials = {
            "client_id": f"sandbox-client-{seeds.hex_id('iracing-client', 0)[:8]}",
            "client_secret": f"secret-{seeds.hex_id('iracing-client-secret', 0)}",
            "username": "Invented.Driver@racing.example",
            "password": f"Pa+s/w=rd-{seeds.hex_id('iracing-password', 0)[:12]}",
        }
        self.password_grants = self.refreshes = self.rejected = 0

    def opens(self, request: Request) -> bool:
        """Whether the request carries a living access token."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        return scheme.lower() == "bearer" and self._access.get(token.strip(), 0.0) > request.now_s

    def expire(self, refresh_tokens_too: bool = False) -> None:
        self._access.clear()
        if refresh_tokens_too:
            self._refresh.clear()

    def reset_limit(self) -> None:
        self._window.reset()

    # -------------------------------------------------------------- POST /oauth2/token

    def token(self, request: Request) -> Answer:
        limit, window_s = int(self._settings["token_limit"]), float(self._settings["token_window_seconds"])
        if self._window.admit(request.now_s, limit, window_s):
            answer = self._answer(request)
        else:
            answer = self._reject("unauthorized_client", "Too many requests, slow down.")
            answer.headers["Retry-After"] = str(self._window.seconds_left(request.now_s))
        answer.headers["x-request-id"] = self._new("iracing-request")
        return answer

    def _answer(self, request: Request) -> Answer:
        if not request.headers.get("content-type", "").startswith(FORM_TYPE):
            return self._reject("invalid_request", "The body must be form-urlencoded.")
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if missing := [name for name in ("grant_type", "client_id", "client_secret") if not form.get(name)]:
            return self._reject("invalid_request", f"Missing: {', '.join(missing)}.")
        known = self.credentials
        if form["client_id"] != known["client_id"]:
            return self._reject("unauthorized_client", "The client is not known.")
        if form["client_secret"] != masked(known["client_secret"], known["client_id"]):
            return self._reject("invalid_client", "Client authentication failed.", 401)
        if form["grant_type"] == "password_limited":
            return self._password(form, request.now_s)
        if form["grant_type"] == "refresh_token":
            return self._spend(form, request.now_s)
        return self._reject("unsupported_grant_type", "This grant is not offered.")

    def _password(self, form: dict[str, str], now_s: float) -> Answer:
        known = self.credentials
        is_known = form.get("username", "").strip().lower() == known["username"].lower()
        if not is_known or form.get("password") != masked(known["password"], known["username"]):
            return self._reject("invalid_grant", "The username or the password is wrong.")
        self.password_grants += 1
        return self._issue(form.get("scope", SCOPES[0]), now_s)

    def _spend(self, form: dict[str, str], now_s: float) -> Answer:
        if self._refresh.pop(form.get("refresh_token", ""), 0.0) <= now_s:
            return self._reject("invalid_grant", "The refresh token is spent, expired or unknown.")
        self.refreshes += 1
        return self._issue(form.get("scope", SCOPES[0]), now_s)

    def _issue(self, scope: str, now_s: float) -> Answer:
        access, refresh = self._new("iracing-access"), self._new("iracing-refresh")
        life_s = int(self._settings["iracing_access_token_seconds"])
        refresh_life_s = int(self._settings["iracing_refresh_token_seconds"])
        self._access[access] = now_s + life_s
        self._refresh[refresh] = now_s + refresh_life_s
        granted = " ".join(name for name in scope.split() if name in SCOPES)
        answer = json_answer(
            {
                "access_token": access,
                "token_type": "Bearer",
                "expires_in": life_s,
                "refresh_token": refresh,
                "refresh_token_expires_in": refresh_life_s,
                **({"scope": granted} if granted else {}),
            }
        )
        answer.headers |= {
            "RateLimit-Limit": str(self._window.told_limit),
            "RateLimit-Remaining": str(self._window.remaining),
            "RateLimit-Reset": str(self._window.seconds_left(now_s)),
        }
        return answer

    def _reject(self, error: str, description: str, status: int = 400) -> Answer:
        self.rejected += 1
        reason = {400: "Bad Request", 401: "Unauthorized"}[status]
        body = {"status": status, "status_reason": reason, "error": error, "error_description": description}
        return json_answer({**body, "error_uri": ERROR_PAGE}, status)

    def _new(self, kind: str) -> str:
        self._issued += 1
        return self._seeds.hex_id(kind, self._issued)
