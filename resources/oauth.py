"""A token endpoint on the wire: one form sent, one answer judged. Knows nothing of files or owners.

Surprising: how a request failed matters more than that it failed. Only a connection that never came about proves
that a one-time token is unspent; later faults are `OutcomeUnknown`.
"""

from __future__ import annotations

import json
import re
import time
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import requests
from urllib3.exceptions import ConnectTimeoutError, HTTPError, MaxRetryError, NewConnectionError

from resources.errors import LimitReached, ProviderUnavailable, SignInNeeded, UsageProblem
from resources.http import default_user_agent
from resources.rate_limit import LONGEST_HOLD_S, retry_after_seconds
from resources.redact import one_line, remember

CONNECT_TIMEOUT_S = 10.0
READ_TIMEOUT_S = 30.0
CONNECT_ATTEMPTS = 4
MOST_TOKEN_BYTES = 256 * 1024
COOL_DOWN_S = 60.0  # after an outage the sign-in service is left alone at least this long


class OutcomeUnknown(Exception):
    """Something was sent and no whole answer came: the token may be spent or not."""


@dataclass(frozen=True)
class SignIn:
    """A provider's sign-in service: what it is called, and what a person does when it says no."""

    provider: str  # as in the token store and on the command line
    label: str  # as in messages
    url: str  # of the token endpoint
    setting: str  # the variable that holds its address
    cure: str


def ask_for_tokens(
    service: SignIn, form: dict[str, str], *, backoff_s: float = 2.0, read_timeout_s: float = READ_TIMEOUT_S
) -> dict[str, Any]:
    """POST the form once and judge the answer. Only a connect that failed, so nothing was sent, is repeated.

    SignInNeeded: rejected. ProviderUnavailable, LimitReached: unspent, try later. OutcomeUnknown: see there.
    """
    for attempt in range(CONNECT_ATTEMPTS):
        if attempt:
            time.sleep(backoff_s * 2 ** (attempt - 1))
        try:
            with requests.post(
                service.url,
                data=form,
                headers={"User-Agent": default_user_agent(), "Accept": "application/json"},
                auth=_no_netrc,
                timeout=(CONNECT_TIMEOUT_S, read_timeout_s),
                allow_redirects=False,
                stream=True,
            ) as response:
                return _judge(service, response, _body(response))
        except (requests.exceptions.InvalidURL, requests.exceptions.MissingSchema):
            raise UsageProblem(
                f"{one_line(service.url)} is no address", f"Check {service.setting}."
            ) from None
        except (requests.RequestException, HTTPError, OSError) as error:
            if not _never_sent(error):
                raise OutcomeUnknown(type(error).__name__) from None
    raise ProviderUnavailable(
        f"{one_line(service.url)} could not be reached", "The token is kept; check the network and try again."
    )


def _body(response: requests.Response) -> bytes:
    try:
        return bytes(response.raw.read(MOST_TOKEN_BYTES, decode_content=True))
    except (HTTPError, OSError):
        if response.status_code == 200:
            raise
        return b""  # a refusal stays one when its text breaks off


def _judge(service: SignIn, response: requests.Response, body: bytes) -> dict[str, Any]:
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
    # A limit is a 429, and with iRacing a 400 that tells when to come again (iRacing facts, 1).
    if status == 429 or (status == 400 and "Retry-After" in response.headers):
        asked = retry_after_seconds(
            response.headers.get("Retry-After"), datetime.now(UTC), response.headers.get("Date")
        )
        pause_s = min(LONGEST_HOLD_S, max(COOL_DOWN_S, asked or 0.0))  # nobody means ten years
        resume_at = datetime.now(UTC) + timedelta(seconds=pause_s)
        raise LimitReached(
            f"The {service.label} sign-in service asked for a pause",
            f"The token is kept; run again after {resume_at:%Y-%m-%d %H:%M:%S} UTC.",
            resume_at,
        )
    if status >= 500 or (status == 403 and not told):  # a block page in HTML does not speak about the token
        raise ProviderUnavailable(
            f"The {service.label} sign-in service answered {status}", "The token is kept; try again later."
        )
    if 400 <= status < 500:
        said = one_line(
            told.get("error_description") or told.get("error") or told.get("message") or status, 120
        )
        raise SignInNeeded(f"The {service.label} sign-in was rejected ({said})", service.cure)
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
