"""What follows from one account's tokens: pure rules, used by the owner of the tokens only.

Surprising: the end of a token is counted on our own clock from its life span, not taken from the server's
times. To a clock that runs a day ahead every new token would look dead, and each call would refresh again.
"""

from __future__ import annotations

import socket
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from resources.errors import ProviderUnavailable, SignInNeeded
from resources.limit_ledger import uptime_s
from resources.oauth import SignIn
from resources.redact import remember
from resources.tokens import Pasted, Tokens, fingerprint, jwt_times, now_s

MOST_UNPROVEN_REFRESHES = 10  # in a row and hour, with no accepted answer between: never hammer the auth host
LONGEST_PAUSE_S = 2 * 86_400.0  # a later "not before" comes from a broken clock


def check_refreshable(tokens: Tokens, service: SignIn) -> None:
    """Raise what stands against a refresh of these tokens."""
    if not tokens.refresh_token:
        what = "The access token has ended" if tokens.access_token else "There is no credential"
        raise SignInNeeded(f"{what} for {service.label}", service.cure)
    mark = fingerprint(tokens.refresh_token)
    if tokens.refresh_rejected == mark:
        raise SignInNeeded(f"{service.label} rejected the refresh token", service.cure)
    if tokens.refresh_sent == mark:
        sent = f"{datetime.fromtimestamp(tokens.refresh_sent_at, UTC):%Y-%m-%d %H:%M} UTC"
        raise SignInNeeded(
            f"The answer to the token refresh of {sent} was lost, the token may be spent", service.cure
        )
    if tokens.unproven >= MOST_UNPROVEN_REFRESHES and now_s() - tokens.obtained_at < 3600:
        raise SignInNeeded(f"{service.label} renews the access token but does not accept it", service.cure)
    left_s = pause_left_s(tokens)
    if 0 < left_s <= LONGEST_PAUSE_S:
        until = f"{datetime.fromtimestamp(now_s() + left_s, UTC):%H:%M:%S} UTC"
        raise ProviderUnavailable(
            f"The {service.label} sign-in service had a fault just now", f"Try again after {until}."
        )


def paused(tokens: Tokens, seconds: float) -> Tokens:
    """These tokens when the sign-in service is to be left alone for so long."""
    now = now_s()
    return replace(
        tokens,
        refresh_not_before=now + seconds,
        refresh_paused_at=now,
        refresh_paused_uptime=uptime_s(),
        refresh_paused_host=socket.gethostname(),
    )


def pause_left_s(tokens: Tokens) -> float:
    """What is left of a pause: by the uptime; on another host or after a new start by the clock, but never longer."""
    length_s = tokens.refresh_not_before - tokens.refresh_paused_at
    was_here = tokens.refresh_paused_host in ("", socket.gethostname())
    if was_here and uptime_s() >= tokens.refresh_paused_uptime:
        return length_s - (uptime_s() - tokens.refresh_paused_uptime)
    return min(tokens.refresh_not_before - now_s(), length_s)


def lasts(tokens: Tokens, margin_s: float) -> bool:
    """Whether the access token works for `margin_s` yet. An end that nobody told is found out by a 401."""
    ends = tokens.access_expires_at
    # A token that lives shorter than the margin would be renewed at every call.
    margin_s = min(margin_s, (ends - tokens.obtained_at) / 10)
    return bool(tokens.access_token) and (not ends or ends - now_s() > margin_s)


def started(pasted: Pasted, seen: tuple[str, ...]) -> Tokens:
    remember(pasted.access_token, pasted.refresh_token)
    return Tokens(
        access_token=pasted.access_token,
        access_expires_at=jwt_times(pasted.access_token)[1],
        refresh_token=pasted.refresh_token,
        obtained_at=now_s(),
        seen=with_seen(seen, pasted.access_token, pasted.refresh_token),
    )


def answered(answer: dict[str, Any], before: Tokens) -> Tokens:
    """Tokens after an answer of the token endpoint; without a new refresh token the old one is kept."""
    access, refresh = answer["access_token"], answer.get("refresh_token")
    refresh = refresh if isinstance(refresh, str) and refresh else before.refresh_token
    issued, ends = jwt_times(access)
    told = [ends - issued] if issued and ends else []
    if isinstance(lasts_s := answer.get("expires_in"), (int, float)):
        told.append(lasts_s)
    lasts_s = min((one for one in told if one > 0), default=0.0)
    return Tokens(
        access_token=access,
        # Counted on our clock: the server's times would look long past, for ever, to a clock that runs ahead.
        access_expires_at=now_s() + lasts_s if lasts_s else 0.0,
        refresh_token=refresh,
        obtained_at=now_s(),
        unproven=before.unproven + 1,
        member_id=before.member_id,
        seen=with_seen(before.seen, refresh),
        scope=granted(answer) or before.scope,
        credentials=before.credentials,
        logins=before.logins,
    )


def granted(answer: dict[str, Any]) -> str:
    """The scope of an answer: words in order, whether they came with blanks or with commas between."""
    told = answer.get("scope")
    return " ".join(sorted(told.replace(",", " ").split())) if isinstance(told, str) else ""


def with_seen(seen: tuple[str, ...], *tokens: str) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*seen, *(fingerprint(token) for token in tokens if token))))
