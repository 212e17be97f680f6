"""OAuth of Strava: the page that asks the athlete, the token endpoint, the revocation.

The surprising thing is that a refresh usually changes nothing: an access token that lives for more than an
hour is given again, and the refresh token stays the same, until `strava_rotate` says otherwise. Then the old
one is dead at once.
"""

from __future__ import annotations

import base64
import binascii
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qsl, urlencode, urlsplit

from sandbox.messages import Answer, Request, json_answer
from sandbox.peloton.seeds import Seeds
from sandbox.strava.errors import error

ALL_SCOPES = ("read", "activity:read_all", "profile:read_all")
SAME_TOKEN_SECONDS = 3_600
OWN_HOSTS = ("localhost", "127.0.0.1")

AUTH_SETTINGS: dict[str, Any] = {
    "strava_access_token_seconds": 21_600,
    "strava_rotate": False,
    "strava_scope": None,  # what a token answer says: None the truth, "" nothing, other text as it stands
    "strava_signs_in": 0,  # the number of the athlete who sits before the authorize page
    "strava_unticked": "",  # scopes that he does not grant, with commas
    "strava_denies": False,
}


@dataclass(slots=True)
class Grant:
    """What an athlete allowed the application; None of the tokens lives after a revocation."""

    athlete_id: int
    refresh_token: str | None
    scopes: set[str] = field(default_factory=lambda: set(ALL_SCOPES))
    access: dict[str, float] = field(default_factory=dict)  # token: when it dies
    latest: str = ""


class OAuthDesk:
    """Issues and checks tokens. Not thread-safe: the caller holds a lock."""

    def __init__(self, seeds: Seeds, settings: dict[str, Any], athlete_ids: list[int]) -> None:
        self._seeds, self._settings = seeds, settings
        self._issued = 0
        self._codes: dict[str, tuple[int, set[str]]] = {}
        self.grants = {key: Grant(key, self._new("strava-refresh")) for key in athlete_ids}
        self.client_id = str(100_000 + int(seeds.hex_id("strava-client", 0)[:4], 16))
        self.client_secret = f"secret-{seeds.hex_id('strava-client-secret', 0)}"
        self.refreshes = self.exchanges = self.rejected = 0
        self.first_tokens = {key: grant.refresh_token for key, grant in self.grants.items()}

    def grant_of(self, request: Request) -> Grant | None:
        """Whose access token the request carries; None when it lives no more."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return None
        token = token.strip()
        return next((g for g in self.grants.values() if g.access.get(token, 0.0) > request.now_s), None)

    def expire(self, refresh_tokens_too: bool = False) -> None:
        for grant in self.grants.values():
            grant.access.clear()
            if refresh_tokens_too:
                grant.refresh_token = None

    # -------------------------------------------------------------- GET /oauth/authorize

    def authorize(self, request: Request) -> Answer:
        """The athlete's answer, sent back by a redirect; scopes travel with commas here."""
        if request.first("client_id") != self.client_id:
            return error(400, "Application", "client_id", "invalid")
        back = request.first("redirect_uri") or ""
        if urlsplit(back).hostname not in OWN_HOSTS:
            return error(400, "Application", "redirect_uri", "invalid")
        state = request.first("state") or ""
        answers: dict[str, str] = {"state": state}
        if self._settings["strava_denies"]:
            answers["error"] = "access_denied"
        else:
            unticked = str(self._settings["strava_unticked"]).split(",")
            asked = (request.first("scope") or "read").split(",")
            granted = [scope for scope in asked if scope not in unticked]
            code = self._new("strava-code")
            self._codes[code] = (list(self.grants)[int(self._settings["strava_signs_in"])], set(granted))
            answers |= {"code": code, "scope": ",".join(granted)}
        joint = "&" if urlsplit(back).query else "?"
        return Answer(302, headers={"Location": f"{back}{joint}{urlencode(answers)}"})

    # -------------------------------------------------------------- POST /oauth/token

    def token(self, request: Request) -> tuple[Answer | None, dict[str, Any], int]:
        """An error, or the token's fields and whose they are when a code was exchanged (0 for a refresh)."""
        form = dict(parse_qsl(request.body.decode("utf-8", "replace"), keep_blank_values=True))
        if form.get("client_id") != self.client_id:
            return self._reject(400, "Application", "client_id")
        if form.get("client_secret") != self.client_secret:
            return self._reject(401, "Application", "")
        if form.get("grant_type") == "authorization_code":
            found = self._codes.pop(form.get("code", ""), None)
            if found is None:
                return self._reject(400, "AuthorizationCode", "code")
            grant = self.grants[found[0]]
            grant.scopes = found[1]
            grant.refresh_token = grant.refresh_token or self._new("strava-refresh")
            self.exchanges += 1
            return None, self._tokens(grant, request.now_s), grant.athlete_id
        if form.get("grant_type") == "refresh_token":
            token = form.get("refresh_token")
            living = [g for g in self.grants.values() if token and g.refresh_token == token]
            if not living:
                return self._reject(400, "RefreshToken", "refresh_token")
            if self._settings["strava_rotate"]:
                living[0].refresh_token = self._new("strava-refresh")
            self.refreshes += 1
            return None, self._tokens(living[0], request.now_s), 0
        return self._reject(400, "Application", "grant_type")

    def _tokens(self, grant: Grant, now_s: float) -> dict[str, Any]:
        """The access token of before if it lives long enough, else a new one; the old one lives on beside it."""
        if grant.access.get(grant.latest, 0.0) - now_s <= SAME_TOKEN_SECONDS:
            grant.latest = self._new("strava-access")
            grant.access[grant.latest] = int(now_s) + int(self._settings["strava_access_token_seconds"])
        expires_at = int(grant.access[grant.latest])
        told = self._settings["strava_scope"]
        scope = " ".join(sorted(grant.scopes)) if told is None else str(told)
        return {
            "token_type": "Bearer",
            "access_token": grant.latest,
            "expires_at": expires_at,
            "expires_in": expires_at - int(now_s),
            "refresh_token": grant.refresh_token,
            **({"scope": scope} if scope else {}),
        }

    # -------------------------------------------------------------- POST /oauth/revoke

    def revoke(self, request: Request) -> Answer:
        """HTTP Basic with the application's id and secret, any of the athlete's tokens in the form."""
        kind, _, secret = request.headers.get("authorization", "").partition(" ")
        try:
            told = base64.b64decode(secret, validate=True).decode()
        except (binascii.Error, UnicodeDecodeError):
            told = ""
        if kind.lower() != "basic" or told != f"{self.client_id}:{self.client_secret}":
            return error(401, "Application", "", "invalid")
        token = dict(parse_qsl(request.body.decode("utf-8", "replace"))).get("token", "")
        for grant in self.grants.values():
            if token and (token == grant.refresh_token or token in grant.access):
                grant.access.clear()
                grant.refresh_token = None
        return json_answer({})

    def _reject(self, status: int, resource: str, field_name: str) -> tuple[Answer, dict[str, Any], int]:
        self.rejected += 1
        return error(status, resource, field_name, "invalid"), {}, 0

    def _new(self, kind: str) -> str:
        self._issued += 1
        return self._seeds.hex_id(kind, self._issued)
