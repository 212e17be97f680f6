"""Peloton's sign-in service: the authorize address, the pasted answer, the forms for the token endpoint.

Values are those of the members web app, the same in all clients seen in 2025 and 2026 (Peloton facts, 1.2).
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from dataclasses import dataclass
from urllib.parse import parse_qs, urlencode, urlsplit

from resources.errors import SignInNeeded, UsageProblem
from resources.oauth import SignIn
from resources.redact import one_line, remember

CLIENT_ID = "WVoJxVDdPoFx4RNewvvg6ch2mZ7bwnsM"  # public, no secret belongs to it
AUDIENCE = "https://api.onepeloton.com/"  # the slash at the end matters
SCOPE = "offline_access openid peloton-api.members:default"
REDIRECT_URI = "https://members.onepeloton.com/callback"

CURE = (
    "Run `paceline login peloton`, or put a new PELOTON_REFRESH_TOKEN into .env"
    " (close the browser tab it came from: the tab and Paceline would fight over it)."
)


@dataclass(frozen=True)
class Authorization:
    """One browser login under way."""

    url: str
    state: str
    verifier: str

    def __repr__(self) -> str:
        return "Authorization(...)"


def authorization(auth_url: str) -> Authorization:
    """A new browser login with PKCE, state and nonce of our own."""
    verifier, state = secrets.token_urlsafe(64), secrets.token_urlsafe(24)
    remember(verifier)
    challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=")
    query = {
        "client_id": CLIENT_ID,
        "audience": AUDIENCE,
        "scope": SCOPE,
        "response_type": "code",
        "response_mode": "query",
        "redirect_uri": REDIRECT_URI,
        "state": state,
        "nonce": secrets.token_urlsafe(24),
        "code_challenge": challenge.decode(),
        "code_challenge_method": "S256",
    }
    return Authorization(f"{auth_url.rstrip('/')}/authorize?{urlencode(query)}", state, verifier)


def pasted_code(text: str, state: str) -> str:
    """The code out of the callback address (whose state must be ours) or out of the bare code."""
    text = "".join(text.split()).strip("\"'`")
    if "=" not in text and "/" not in text:
        if len(text) < 6:
            raise UsageProblem("That is neither a callback address nor a code", "Copy the whole address.")
        remember(text)
        return text
    query = parse_qs(urlsplit(text).query or text.partition("?")[2] or text)
    if query.get("error"):
        said = one_line(" ".join(query["error"] + query.get("error_description", [])), 150)
        raise SignInNeeded(
            f"Peloton refused the login ({said})", "Start again with `paceline login peloton`."
        )
    code = query.get("code", [""])[0]
    remember(code)
    if not code:
        raise UsageProblem("The address holds no code", "Copy the address of the page after the login.")
    if not secrets.compare_digest(query.get("state", [""])[0].encode(), state.encode()):
        raise UsageProblem(
            "The address belongs to another login (its state is not ours)",
            "Open the printed address again and paste what that login leads to.",
        )
    return code


def refresh_form(refresh_token: str) -> dict[str, str]:
    return {"grant_type": "refresh_token", "client_id": CLIENT_ID, "refresh_token": refresh_token}


def code_form(code: str, verifier: str) -> dict[str, str]:
    return {
        "grant_type": "authorization_code",
        "client_id": CLIENT_ID,
        "code": code,
        "code_verifier": verifier,
        "redirect_uri": REDIRECT_URI,
    }


def cure_of(account: str) -> str:
    """What to do about an account that has to sign in anew."""
    return CURE if account == "default" else f"Run `paceline login peloton --account {account}`."


def service(auth_url: str, account: str = "default") -> SignIn:
    """The sign-in service, with what to do about this account."""
    return SignIn(
        "peloton", "Peloton", f"{auth_url.rstrip('/')}/oauth/token", "PELOTON_AUTH_URL", cure_of(account)
    )
