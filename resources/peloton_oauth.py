"""Peloton's sign-in service on the wire: the authorize address, the pasted answer, the token endpoint.

Knows nothing of files or owners. Values are those of the members web app, the same in all clients seen in
2025 and 2026 (Peloton facts, 1.2). Surprising: how a request failed matters more than that it failed. Only
a connection that never came about proves that a one-time token is unspent; later faults are `OutcomeUnknown`.
"""

from __future__ import annotations

import base64
import hashlib
import json
import re
import secrets
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from resources.errors import LimitReached, ProviderUnavailable, SignInNeeded, UsageProblem
from resources.http import default_user_agent
from resources.rate_limit import retry_after_seconds
from resources.redact import one_line, remember

CLIENT_ID = "WVoJxVDdPoFx4RNewvvg6ch2mZ7bwnsM"  # public, no secret belongs to it
AUDIENCE = "https://api.onepeloton.com/"  # the slash at the end matters
SCOPE = "offline_access openid peloton-api.members:default"
REDIRECT_URI = "https://members.onepeloton.com/callback"

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
CONNECT_ATTEMPTS = 4
MOST_TOKEN_BYTES = 256 * 1024
COOL_DOWN_S = 60.0  # after an outage the sign-in service is left alone at least this long
CURE = (
    "Run `paceline login peloton`, or put a new PELOTON_REFRESH_TOKEN into .env"
    " (close the browser tab it came from: the tab and Paceline would fight over it)."
)


class OutcomeUnknown(Exception):
    """Something was sent and no whole answer came: the token may be spent or not."""


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


def ask_for_tokens(
    auth_url: str, form: dict[str, str], *, backoff_s: float = 2.0, read_timeout_s: float = READ_TIMEOUT_S
) -> dict[str, Any]:
    """POST the form once and judge the answer. Only a connect that failed, so nothing was sent, is repeated.

    SignInNeeded: rejected. ProviderUnavailable, LimitReached: unspent, try later. OutcomeUnknown: see there.
    """
    url = f"{auth_url.rstrip('/')}/oauth/token"
    for attempt in range(CONNECT_ATTEMPTS):
        if attempt:
            time.sleep(backoff_s * 2 ** (attempt - 1))
        try:
            with requests.post(
                url,
                data=form,
                headers={"User-Agent": default_user_agent(), "Accept": "application/json"},
                auth=_no_netrc,
                timeout=(CONNECT_TIMEOUT_S, read_timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _judge(response, _body(response))
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            raise UsageProblem(f"{one_line(url)} is no address", "Check PELOTON_AUTH_URL.") from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if not _never_sent(error):
                raise OutcomeUnknown(type(error).__name__) from None
    raise ProviderUnavailable(
        f"{one_line(url)} could not be reached", "The token is kept; check the network and try again."
    )


def _body(response: requests.Response) -> bytes:
    try:
        return bytes(response.raw.read(MOST_TOKEN_BYTES, decode_content=True))
    except (HTTPError, OSError):
        if response.status_code == 200:
            raise
        return b""  # a refusal stays one when its text breaks off


def _judge(response: requests.Response, body: bytes) -> dict[str, Any]:
    status = response.status_code
    try:
        payload = json.loads(body)
    except (ValueError, RecursionError):
        payload = None
    told = payload if isinstance(payload, dict) else {}
    for name in ("access_token", "refresh_token", "id_token"):
        remember(str(told.get(name, "")))
    if status == 200:
        if not _is_token(told.get("access_token")):
            raise OutcomeUnknown("status 200 without a token")
        refresh = told.get("refresh_token")
        if isinstance(refresh, str) and refresh and not _is_token(refresh):
            raise OutcomeUnknown("status 200 with a refresh token that is none")
        return told
    if status == 429:
        asked = retry_after_seconds(
            response.headers.get("Retry-After"), datetime.now(UTC), response.headers.get("Date")
        )
        resume_at = datetime.now(UTC) + timedelta(seconds=max(COOL_DOWN_S, asked or 0.0))
        raise LimitReached(
            "The Peloton sign-in service asked for a pause",
            f"The token is kept; run again after {resume_at:%Y-%m-%d %H:%M:%S} UTC.",
            resume_at,
        )
    if status >= 500 or (status == 403 and not told):  # a block page in HTML does not speak about the token
        raise ProviderUnavailable(
            f"The Peloton sign-in service answered {status}", "The token is kept; try again later."
        )
    if 400 <= status < 500:
        said = one_line(
            told.get("error_description") or told.get("error") or told.get("message") or status, 120
        )
        raise SignInNeeded(f"The Peloton sign-in was rejected ({said})", CURE)
    raise OutcomeUnknown(f"status {status}")


def _is_token(value: object) -> bool:
    """Whether it can go into a header: printable ASCII without blanks."""
    return isinstance(value, str) and bool(re.fullmatch(r"[\x21-\x7e]+", value))


def _never_sent(error: Exception) -> bool:
    """True only when no connection came about."""
    if isinstance(error, (requests.exceptions.ConnectTimeout, requests.exceptions.ProxyError)):
        return True
    cause = error.args[0] if error.args else None
    reason = cause.reason if isinstance(cause, MaxRetryError) else cause
    if isinstance(error, requests.exceptions.SSLError):  # the handshake comes before the first byte of ours
        return isinstance(cause, MaxRetryError)
    return isinstance(reason, (NewConnectionError, ConnectTimeoutError))


def _no_netrc(request: requests.PreparedRequest) -> requests.PreparedRequest:
    return request
