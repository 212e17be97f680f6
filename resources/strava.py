"""Strava's activities over HTTP; each answer is checked before it is believed. Knows nothing of storage or scheduling.

Surprising: statuses mislead. 401 is an expired token or a missing scope, 403 an application without subscription whose
tokens still renew, 404 an activity that is gone or one that never had streams: the body decides (Strava facts, 3).
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, Self
from urllib.parse import quote

import requests

from resources.errors import LimitReached, PacelineError, ProviderRefused, SignInNeeded
from resources.http import Answer, JsonHttp, Shape
from resources.outlook import Allowance
from resources.redact import one_line, protect_process
from resources.settings import LEDGER_NAME, Settings
from resources.strava_auth import StravaAuth, application, cure_of
from resources.strava_limit import StravaLimiter
from resources.token_table import token_store

PER_PAGE = 200  # the most; more was reported to be a bad request
STREAMS = (
    "time", "distance", "latlng", "altitude", "velocity_smooth", "heartrate", "cadence", "watts", "temp", "moving",
    "grade_smooth",
)  # fmt: skip
BACKGROUND_RESERVE = 0.1  # of each window that a background sync leaves for a person
INACTIVE = (
    "Strava has switched this application to inactive; since June 2026 it wants a paid subscription",
    "Subscribe, then reactivate it at https://www.strava.com/settings/api. Tokens are kept. Without one:"
    " `paceline import strava EXPORT.zip`.",
)


class StravaClient:
    """One athlete's activities."""

    def __init__(self, api_url: str, http: JsonHttp, auth: StravaAuth) -> None:
        self.api_url = api_url
        self.auth = auth
        self._http = http

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        account: str = "default",
        background: bool = False,
        on_wait: Callable[[float, str], None] | None = None,
        backoff_s: float = 2.0,
    ) -> Self:
        """The client with limiter, tokens and state of these settings; SignInNeeded without an application."""
        protect_process()
        limiter = limiter_of(settings, background, on_wait)
        auth = StravaAuth(
            token_store(settings.state_place), settings.strava_auth_url, account, backoff_s=backoff_s
        )
        cure = cure_of(account)
        http = JsonHttp(
            "Strava",
            limiter,
            token=auth.access_token,
            renew=auth.renew,
            accepted=auth.accepted,
            backoff_s=backoff_s,
            on_wait=on_wait,
            cure=cure,
            own_word=lambda response, body: _own_word(limiter, cure, response, body),
        )
        return cls(settings.strava_api_url, http, auth)

    @property
    def requests_made(self) -> int:
        return self._http.requests_made

    def limit_status(self) -> dict[str, Any]:
        """What is left of the limits, and for how long."""
        limiter = self._http.limiter
        return limiter.status() if isinstance(limiter, StravaLimiter) else {}

    def allowance(self) -> Allowance:
        """What may be sent from now on."""
        return self._http.limiter.allowance()

    def giving_up(self) -> AbstractContextManager[None]:
        """While this is open, calls that wait for their turn or for another try end with GaveUp."""
        return self._http.limiter.giving_up()

    def athlete(self) -> Answer:
        """Who this is, with the gear that is not retired."""
        return self._get("athlete", _wrong_object)

    def activities(self, before: int | None = None) -> Answer:
        """Up to 200 activities, newest first by start, those that start before a moment (Unix seconds)."""
        params: dict[str, str | int] = {
            "per_page": PER_PAGE,
            **({"before": before} if before is not None else {}),
        }
        return self._get("athlete/activities", _wrong_list, params)

    def activity(self, activity_id: str) -> Answer:
        """All that is told of one activity, laps included."""
        return self._get(
            f"activities/{_number(activity_id)}", lambda told: _wrong_activity(told, activity_id)
        )

    def zones(self, activity_id: str) -> Answer:
        """How long heart rate, pace and power were in which zone; a list, empty for what was typed in by hand."""
        return self._get(f"activities/{_number(activity_id)}/zones", _wrong_list)

    def streams(self, activity_id: str) -> Answer:
        """All series of one activity, by name. NotServed where there are none (yet)."""
        params: dict[str, str | int] = {"keys": ",".join(STREAMS), "key_by_type": "true"}
        return self._get(f"activities/{_number(activity_id)}/streams", _wrong_streams, params)

    def gear(self, gear_id: str) -> Answer:
        """A bike or a shoe, retired or not."""
        return self._get(f"gear/{quote(gear_id, safe='')}", _wrong_object)

    def _get(self, path: str, shape: Shape, params: dict[str, str | int] | None = None) -> Answer:
        return self._http.get(f"{self.api_url}/{path}", shape, params)


def limiter_of(
    settings: Settings, background: bool = False, on_wait: Callable[[float, str], None] | None = None
) -> StravaLimiter:
    """The limiter of the application, which all athletes and processes share."""
    return StravaLimiter(
        application().client_id,
        settings.state_dir / LEDGER_NAME,
        (settings.strava_requests_per_15min, settings.strava_requests_per_day),
        limiter_url=settings.limiter_url,
        period_s=settings.strava_window_seconds,
        reserve_share=BACKGROUND_RESERVE if background else 0.0,
        on_wait=on_wait,
    )


def _own_word(
    limiter: StravaLimiter, cure: str, response: requests.Response, body: bytes
) -> PacelineError | None:
    """What this provider means by a status, told by the body."""
    status = response.status_code
    resource, field, code = _first_error(body) if status in (401, 403) else ("", "", "")
    if status == 429:
        left_s = limiter.feedback(status, response.headers)
        reached: LimitReached = limiter.limit_reached(left_s, "Strava's limit is reached")
        return reached
    if status == 401 and code == "missing":
        limiter.feedback(status, response.headers)
        return SignInNeeded(
            f"The sign-in at Strava does not allow {one_line(field or resource, 80)}; a refresh cannot help",
            cure,
        )
    if status == 403 and (resource, code) == ("Application", "Inactive"):
        limiter.feedback(200, response.headers)
        return ProviderRefused(*INACTIVE)
    return None


def _first_error(body: bytes) -> tuple[str, str, str]:
    """Resource, field and code of the first error in a body; blanks where it tells none."""
    try:
        told = json.loads(body)
    except (ValueError, RecursionError):
        return "", "", ""
    errors: Any = told.get("errors") if isinstance(told, dict) else None
    first = errors[0] if isinstance(errors, list) and errors else errors
    if not isinstance(first, dict):
        return "", "", ""
    return str(first.get("resource", "")), str(first.get("field", "")), str(first.get("code", ""))


def _number(activity_id: str) -> int:
    return int(activity_id)


def _wrong_object(told: Any) -> str | None:
    return None if isinstance(told, dict) and told.get("id") is not None else "it has no id"


def _wrong_list(told: Any) -> str | None:
    return None if isinstance(told, list) else "it is no list"


def _wrong_activity(told: Any, activity_id: str) -> str | None:
    if not isinstance(told, dict):
        return "it is no activity"
    return None if str(told.get("id")) == activity_id else f"it is not activity {activity_id}"


def _wrong_streams(told: Any) -> str | None:
    """By name, or as a list of series that name themselves."""
    series = list(told.values()) if isinstance(told, dict) else told
    if not isinstance(series, list) or not all(
        isinstance(one, dict) and isinstance(one.get("data"), list) for one in series
    ):
        return "it holds no series"
    lengths = {len(one["data"]) for one in series}
    return None if len(lengths) <= 1 else "its series differ in length"
