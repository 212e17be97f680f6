"""Sign-in as the service's OAuth host does it: PKCE codes, one-time refresh tokens, access tokens that die.

A refresh token works once: the answer carries the next one and the old one is dead, also when the
answer never arrived. Access tokens look like JWTs but carry no signature; only tokens issued here
and not yet expired open a data endpoint. Each member has a family of tokens of his own: what was given
for one member's token is that member's too.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable, Sequence
from typing import Any
from urllib.parse import parse_qs, urlencode

from sandbox.messages import Answer, Request, compact_json, json_answer, text_answer
from sandbox.peloton.members import Member
from sandbox.peloton.seeds import Seeds

AUDIENCE = "https://api.onepeloton.com/"
SCOPE = "offline_access openid peloton-api.members:default"
ID_TOKEN_SECONDS = 36_000
ERROR_PAGE = "https://auth.example/errors"


class TokenDesk:
    """Issues and checks tokens and codes. Not thread-safe: the caller holds a lock."""

    def __init__(self, seeds: Seeds, settings: dict[str, Any], members: Sequence[Member]) -> None:
        self._seeds = seeds
        self._settings = settings
        self._members = members
        self._issued = 0
        self._access: dict[str, tuple[int, int]] = {}  # access token: (its expiry, whose it is)
        self._challenges: dict[str, tuple[str, str, int]] = {}  # code: (challenge, redirect address, whose)
        # The others' first tokens are named, not numbered: the first member's stay what they were without them.
        self.first_refresh_tokens = [self._new_refresh_token()] + [
            f"v1.sandbox-{seeds.hex_id('refresh-token-of', member.number)}" for member in members[1:]
        ]
        self.live_refresh_tokens = {token: owner for owner, token in enumerate(self.first_refresh_tokens)}
        self.rotations = 0
        self.rejected = 0

    # -------------------------------------------------------------- checks

    def is_valid(self, request: Request) -> bool:
        """Whether the request's `Authorization` header opens the data endpoints now."""
        return self.member_of(request) is not None

    def member_of(self, request: Request) -> Member | None:
        """Whose living access token the request carries; None without one."""
        scheme, _, token = request.headers.get("authorization", "").partition(" ")
        expiry_s, owner = self._access.get(token.strip(), (0, 0))
        return self._members[owner] if scheme.lower() == "bearer" and expiry_s > request.now_s else None

    @property
    def first_refresh_token(self) -> str:
        """The first member's."""
        return self.first_refresh_tokens[0]

    def expire_access_tokens(self, member: int | None = None) -> None:
        """Those of one member, or all."""
        self._access = {
            t: (s, owner) for t, (s, owner) in self._access.items() if member not in (None, owner)
        }

    def revoke_refresh_tokens(self, member: int | None = None) -> None:
        """Those of one member, or all."""
        live = self.live_refresh_tokens
        self.live_refresh_tokens = {t: owner for t, owner in live.items() if member not in (None, owner)}

    # -------------------------------------------------------------- GET /authorize

    def authorize(self, request: Request) -> Answer:
        """The sign-in page is skipped: whoever asks is signed in and sent back with a code.

        `login_hint` with a member's username signs that member in, else it is the first one.
        """
        if request.first("response_type") != "code" or request.first("code_challenge_method") != "S256":
            return text_answer("invalid_request: response_type=code and S256 are needed", 400)
        challenge, redirect = request.first("code_challenge"), request.first("redirect_uri")
        if not (challenge and redirect and request.first("client_id")):
            return text_answer("invalid_request: client_id, redirect_uri and code_challenge are needed", 400)
        self._issued += 1
        code = self._seeds.hex_id("code", self._issued)
        hint = request.first("login_hint")
        owner = next((member.number for member in self._members if member.username == hint), 0)
        self._challenges[code] = (challenge, redirect, owner)
        query = {"code": code, "state": request.first("state") or ""}
        joint = "&" if "?" in redirect else "?"
        return Answer(
            302, headers={"Location": f"{redirect}{joint}{urlencode(query)}"}, content_type="text/plain"
        )

    # -------------------------------------------------------------- POST /oauth/token

    def token(self, request: Request) -> Answer:
        form = _form(request)
        if form is None or not form.get("client_id"):
            return self._reject(401, "access_denied", "Unauthorized")
        grants: dict[str, Callable[[dict[str, str], int], Answer]] = {
            "refresh_token": self._refresh,
            "authorization_code": self._exchange,
        }
        grant = grants.get(form.get("grant_type", ""))
        if grant is None:
            return self._reject(403, "unauthorized_client", "Grant type not allowed for the client.")
        return grant(form, int(request.now_s))

    def _refresh(self, form: dict[str, str], now_s: int) -> Answer:
        token = form.get("refresh_token", "")
        if token not in self.live_refresh_tokens:
            return self._reject(403, "invalid_grant", "Unknown or invalid refresh token.")
        owner = self.live_refresh_tokens.pop(token)
        self.rotations += 1
        return self._issue(now_s, owner)

    def _exchange(self, form: dict[str, str], now_s: int) -> Answer:
        challenge, redirect, owner = self._challenges.pop(form.get("code", ""), ("", "", 0))
        digest = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if (
            not challenge
            or _unpadded(digest) != challenge.rstrip("=")
            or form.get("redirect_uri") != redirect
        ):
            return self._reject(403, "invalid_grant", "Invalid authorization code")
        return self._issue(now_s, owner)

    def _issue(self, now_s: int, owner: int) -> Answer:
        refresh_token = self._new_refresh_token()
        self.live_refresh_tokens[refresh_token] = owner
        life_s = int(self._settings["access_token_seconds"])
        subject = {"sub": f"auth0|sandbox-{owner}"} if owner else {}
        claims = {"aud": [AUDIENCE], "iat": now_s, "exp": now_s + life_s, "scope": SCOPE, **subject}
        access_token = self._jwt(claims)
        self._access[access_token] = (now_s + life_s, owner)
        return json_answer(
            {
                "access_token": access_token,
                "refresh_token": refresh_token,
                "id_token": self._jwt(
                    {"aud": "web", "iat": now_s, "exp": now_s + ID_TOKEN_SECONDS, **subject}
                ),
                "scope": SCOPE,
                "expires_in": life_s,
                "token_type": "Bearer",
            }
        )

    def _reject(self, status: int, error: str, description: str) -> Answer:
        self.rejected += 1
        return json_answer(
            {"error": error, "error_description": description, "error_uri": ERROR_PAGE}, status
        )

    def _new_refresh_token(self) -> str:
        self._issued += 1
        return f"v1.sandbox-{self._seeds.hex_id('refresh-token', self._issued)}"

    def _jwt(self, claims: dict[str, Any]) -> str:
        self._issued += 1
        head = {"alg": "none", "typ": "JWT"}
        claims = {"sub": "auth0|sandbox", "jti": self._seeds.hex_id("jwt", self._issued), **claims}
        return ".".join([_unpadded(compact_json(head)), _unpadded(compact_json(claims)), "unsigned"])


def _form(request: Request) -> dict[str, str] | None:
    """The fields of a token request, sent as a form or as JSON."""
    if "json" in request.headers.get("content-type", ""):
        try:
            value = json.loads(request.body)
        except ValueError:
            return None
        return {str(k): str(v) for k, v in value.items()} if isinstance(value, dict) else None
    return {name: values[0] for name, values in parse_qs(request.body.decode("utf-8", "replace")).items()}


def _unpadded(data: bytes) -> str:
    return base64.urlsafe_b64encode(data).decode().rstrip("=")
