"""The Strava provider: which address is which endpoint, who may ask what, and which headers an answer has.

Nothing is built before the first request, so that a sandbox for other tests starts as fast as ever and counts
no endpoints that nobody asked. The surprising thing is where the limit's headers are missing: on 401, and on
the 404 about streams.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

from sandbox.messages import Answer, Request, Target, json_answer
from sandbox.peloton.seeds import Seeds
from sandbox.provider import Action
from sandbox.strava import errors
from sandbox.strava.auth import AUTH_SETTINGS, Grant, OAuthDesk
from sandbox.strava.control import DiaryControl
from sandbox.strava.diary import Diary
from sandbox.strava.limit import LIMIT_SETTINGS, ApplicationLimit
from sandbox.strava.parts import athlete_zones
from sandbox.strava.people import athlete_row
from sandbox.strava.reading import activity_answer, list_activities
from sandbox.world import not_found_page

API_PREFIX, AUTH_PREFIX = "strava", "strava-auth"
FIRST_ATHLETE_ID = 90_000_001
AUTH_PATHS = {
    ("POST", f"/{AUTH_PREFIX}/oauth/token"): "strava_token",
    ("GET", f"/{AUTH_PREFIX}/oauth/authorize"): "strava_authorize",
    ("POST", f"/{AUTH_PREFIX}/oauth/revoke"): "strava_revoke",
}
DATA_PATHS = (
    (re.compile(rf"/{API_PREFIX}/athlete/activities/?"), "strava_activities"),
    (re.compile(rf"/{API_PREFIX}/athlete/zones/?"), "strava_zones"),
    (re.compile(rf"/{API_PREFIX}/athlete/?"), "strava_athlete"),
    (re.compile(rf"/{API_PREFIX}/athletes/([^/]+)/stats/?"), "strava_stats"),
    (re.compile(rf"/{API_PREFIX}/gear/([^/]+)/?"), "strava_gear"),
    (re.compile(rf"/{API_PREFIX}/activities/([^/]+)/?"), "strava_activity"),
    (re.compile(rf"/{API_PREFIX}/activities/([^/]+)/laps/?"), "strava_laps"),
    (re.compile(rf"/{API_PREFIX}/activities/([^/]+)/zones/?"), "strava_zones"),
    (re.compile(rf"/{API_PREFIX}/activities/([^/]+)/streams/?"), "strava_streams"),
)
ENDPOINTS = tuple(dict.fromkeys([*AUTH_PATHS.values(), *(name for _, name in DATA_PATHS)]))
READ_ACTIVITIES = {"activity:read", "activity:read_all"}


class Strava:
    """The provider object that the world holds."""

    name: str = "strava"
    path_prefixes: tuple[str, ...] = (API_PREFIX, AUTH_PREFIX)
    endpoints: tuple[str, ...] = ()
    """All of them once anything of Strava was asked for."""

    def __init__(self, activities: int, athletes: int, seed: int, today: date) -> None:
        self.settings: dict[str, Any] = {
            **LIMIT_SETTINGS,
            **AUTH_SETTINGS,
            "strava_inactive": False,
            "strava_short_pages": False,
        }
        self._count, self._today = activities, today
        self._seeds = Seeds(seed)
        self.limit = ApplicationLimit(self.settings)
        self._athlete_ids = [FIRST_ATHLETE_ID + 7 * number for number in range(athletes)]
        self.desk = OAuthDesk(self._seeds, self.settings, self._athlete_ids)
        self.actions: Mapping[str, Action] = {
            **DiaryControl(self._seeds, lambda: list(self.diaries.values())).actions,
            "strava_scope": self._set_scopes,
            "strava_expire_tokens": lambda body: self.desk.expire(bool((body or {}).get("refresh_tokens"))),
            "strava_spend": self._spend,
            "strava_reset_limit": lambda _: self.limit.reset(),
        }
        self.events: Mapping[str, Action] = {
            "expire_tokens": lambda _: self.desk.expire(),
            "expire_strava_tokens": lambda _: self.desk.expire(),
        }

    @cached_property
    def diaries(self) -> dict[int, Diary]:
        """By the athlete's id."""
        return {
            key: Diary(self._seeds, number, key, self._count, self._today)
            for number, key in enumerate(self._athlete_ids)
        }

    # -------------------------------------------------------------- requests

    def identify(self, request: Request) -> Target:
        self.endpoints = ENDPOINTS
        if name := AUTH_PATHS.get((request.method, request.path)):
            return Target(name, is_data=False)
        if request.method == "GET":
            for pattern, name in DATA_PATHS:
                if found := pattern.fullmatch(request.path):
                    return Target(name, found[1] if pattern.groups else None)
        return Target("strava_unknown", is_data=False)

    def admit(self, target: Target, now_s: float) -> bool:
        del target
        return self.limit.admit(now_s)

    def refusal(self, retry_after: str | None) -> Answer:
        """Never a Retry-After: when to come back must be computed from the clock."""
        del retry_after
        answer = errors.limit_exceeded(self.limit.refused_by or "overall")
        return self._with_headers(answer) if self.settings["strava_429_headers"] else answer

    def answer(self, request: Request, target: Target) -> Answer:
        if not target.is_data:
            return self._sign_in(request, target)
        grant = self.desk.grant_of(request)
        if grant is None:
            return errors.token_dead()
        if self.settings["strava_inactive"]:
            return errors.inactive()
        answer = self._data(request, target, grant)
        if answer.status == 401 or (target.endpoint == "strava_streams" and answer.status == 404):
            return answer
        return self._with_headers(answer)

    def _sign_in(self, request: Request, target: Target) -> Answer:
        if target.endpoint == "strava_authorize":
            return self.desk.authorize(request)
        if target.endpoint == "strava_revoke":
            return self.desk.revoke(request)
        if target.endpoint != "strava_token":
            return not_found_page()
        mistake, row, athlete_id = self.desk.token(request)
        if mistake is not None:
            return mistake
        if athlete_id:
            row |= {"athlete": athlete_row(self.diaries[athlete_id], 2)}
        return json_answer(row)

    def _data(self, request: Request, target: Target, grant: Grant) -> Answer:
        diary = self.diaries[grant.athlete_id]
        if target.endpoint == "strava_athlete":
            return json_answer(athlete_row(diary, 3 if "profile:read_all" in grant.scopes else 2))
        if target.endpoint == "strava_zones" and target.id is None:
            if "profile:read_all" not in grant.scopes:
                return errors.scope_missing("profile:read")
            return json_answer(athlete_zones())
        if target.endpoint == "strava_gear":
            gear = diary.gear_row(target.id, 3)
            return json_answer(gear) if gear else errors.not_found("Gear")
        if target.endpoint == "strava_stats":
            return (
                json_answer(diary.stats())
                if target.id == str(diary.athlete_id)
                else errors.not_found("Athlete")
            )
        if not grant.scopes & READ_ACTIVITIES:
            return errors.scope_missing("activity:read")
        sees_private = "activity:read_all" in grant.scopes
        if target.endpoint == "strava_activities":
            short = bool(self.settings["strava_short_pages"])
            return list_activities(request, diary, sees_private, short)
        return activity_answer(request, target, diary, sees_private)

    def _with_headers(self, answer: Answer) -> Answer:
        answer.headers |= self.limit.headers()
        if answer.status == 200:
            answer.headers["ETag"] = f'W/"{hashlib.blake2b(answer.body, digest_size=16).hexdigest()}"'
        return answer

    # -------------------------------------------------------------- what the world asks

    def counters(self) -> dict[str, Any]:
        """Refreshes, and how much of each window is spent: [quarter hour, day]."""
        return {
            "strava_refreshes": self.desk.refreshes,
            "strava_code_exchanges": self.desk.exchanges,
            "strava_token_rejections": self.desk.rejected,
            "strava_usage": self.limit.usage(),
        }

    def greeting(self, base_url: str) -> dict[str, Any]:
        return {
            "strava_api_url": f"{base_url}/{API_PREFIX}",
            "strava_auth_url": f"{base_url}/{AUTH_PREFIX}",
            "strava": {
                "client_id": self.desk.client_id,
                "client_secret": self.desk.client_secret,
                "athletes": [
                    {"athlete_id": key, "refresh_token": token}
                    for key, token in self.desk.first_tokens.items()
                ],
            },
        }

    def _set_scopes(self, body: dict[str, Any] | None) -> list[str]:
        """{"athlete": 0, "drop": [...], "add": [...]}; without a body activity:read_all shrinks to activity:read."""
        body = body or {"drop": ["activity:read_all"], "add": ["activity:read"]}
        grant = self.desk.grants[self._athlete_ids[int(body.get("athlete", 0))]]
        grant.scopes = (grant.scopes - set(body.get("drop", ()))) | set(body.get("add", ()))
        return sorted(grant.scopes)

    def _spend(self, body: dict[str, Any]) -> dict[str, list[int]]:
        """{"reads": n}: another client of the same application asked so often, in the windows open now."""
        self.limit.spend(int(body["reads"]))
        return self.limit.usage()
