"""Strava's tokens: OAuth with client id and secret, one account per athlete.

The refresh token usually stays the same and may change any time, then the old one is dead (Strava facts, 1); so it is
handled as if it worked once. A fresh access token that lives for hours yet is given again, which is no vain loop.
"""

from __future__ import annotations

import os
import secrets
from dataclasses import dataclass, replace
from urllib.parse import parse_qs, urlencode, urlsplit

from resources.errors import SignInNeeded, UsageProblem
from resources.oauth import READ_TIMEOUT_S, SignIn
from resources.redact import one_line, remember
from resources.token_owner import TokenOwner
from resources.token_rules import granted
from resources.tokens import Tokens, TokenStore, fingerprint

PROVIDER = "strava"
SCOPES = ("read", "activity:read_all", "profile:read_all")
REDIRECT_URI = "http://localhost/paceline"  # nothing listens there: the address is copied from the browser
CURE = "Run `paceline login strava`, or put a new STRAVA_REFRESH_TOKEN into .env."


@dataclass(frozen=True)
class Application:
    """The API application of the person who runs this."""

    client_id: str
    client_secret: str

    def __repr__(self) -> str:
        return f"Application({self.client_id})"


def application() -> Application:
    """The application of the environment; raises SignInNeeded when there is none."""
    client_id, secret = (os.environ.get(f"STRAVA_CLIENT_{name}", "").strip() for name in ("ID", "SECRET"))
    remember(secret)
    if not client_id or not secret:
        raise SignInNeeded(
            "There is no Strava application",
            "Create one at https://www.strava.com/settings/api and set STRAVA_CLIENT_ID and STRAVA_CLIENT_SECRET in"
            " .env. Without one: `paceline import strava EXPORT.zip`.",
        )
    return Application(client_id, secret)


class StravaAuth(TokenOwner):
    """Access tokens of one athlete; safe for several threads and processes."""

    margin_s = 600.0
    refresh_variable = "STRAVA_REFRESH_TOKEN"

    def __init__(
        self,
        store: TokenStore,
        auth_url: str,
        account: str = "default",
        *,
        backoff_s: float = 2.0,
        read_timeout_s: float = READ_TIMEOUT_S,
    ) -> None:
        self.auth_url = auth_url.rstrip("/")
        service = SignIn(
            PROVIDER, "Strava", f"{self.auth_url}/oauth/token", "STRAVA_AUTH_URL", cure_of(account)
        )
        super().__init__(store, service, account, backoff_s=backoff_s, read_timeout_s=read_timeout_s)

    def load(self) -> Tokens:
        """A rejection counts for the application that was rejected with it: another one may try again."""
        tokens = super().load()
        is_old = tokens.refresh_rejected and tokens.login_rejected != _mark_of_application()
        return replace(tokens, refresh_rejected="") if is_old else tokens

    def save(self, tokens: Tokens) -> Tokens:
        mark = _mark_of_application() if tokens.refresh_rejected else ""
        return super().save(replace(tokens, login_rejected=mark))

    def refresh_form(self, refresh_token: str) -> dict[str, str]:
        return {**_application_form(), "grant_type": "refresh_token", "refresh_token": refresh_token}

    def exchange(self, code: str) -> str:
        """Trade the code of a browser login for tokens; give the scope that was granted."""
        return granted(self.trade({**_application_form(), "grant_type": "authorization_code", "code": code}))

    def scope(self) -> str:
        """What was granted, as far as anybody said."""
        return self.load().scope


def authorize_address(auth_url: str) -> tuple[str, str]:
    """The address to open in a browser, and the state that must come back."""
    state = secrets.token_urlsafe(24)
    query = {
        "client_id": application().client_id,
        "redirect_uri": REDIRECT_URI,
        "response_type": "code",
        "approval_prompt": "auto",
        "scope": ",".join(SCOPES),
        "state": state,
    }
    return f"{auth_url.rstrip('/')}/oauth/authorize?{urlencode(query)}", state


def pasted_code(text: str, state: str) -> tuple[str, str]:
    """Code and scope out of the address one lands on, whose state must be ours."""
    query = parse_qs(urlsplit("".join(text.split()).strip("\"'`")).query)
    if query.get("error"):
        raise SignInNeeded(
            f"Strava refused the login ({one_line(query['error'][0], 80)})",
            "Start again with `paceline login strava`.",
        )
    code, scope = query.get("code", [""])[0], query.get("scope", [""])[0]
    remember(code)
    if not code:
        raise UsageProblem("The address holds no code", "Copy the address of the page after the login.")
    if not secrets.compare_digest(query.get("state", [""])[0].encode(), state.encode()):
        raise UsageProblem(
            "The address belongs to another login (its state is not ours)",
            "Open the printed address again and paste what that login leads to.",
        )
    return code, scope


def missing_scopes(scope: str) -> list[str]:
    """What was not granted of what is needed for a complete copy; nothing where nobody said what was."""
    return [name for name in SCOPES[1:2] if scope and name not in scope.replace(",", " ").split()]


def cure_of(account: str) -> str:
    """What to do about an account that has to sign in anew."""
    return CURE if account == "default" else f"Run `paceline login strava --account {account}`."


def _mark_of_application() -> str:
    try:
        ours = application()
    except SignInNeeded:
        return ""
    return fingerprint(f"{ours.client_id} {ours.client_secret}")


def _application_form() -> dict[str, str]:
    ours = application()
    return {"client_id": ours.client_id, "client_secret": ours.client_secret}
