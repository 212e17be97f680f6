"""The iRacing provider: which address is which endpoint, who may ask, and in what form it is answered.

Nothing is built before the first request, so that a sandbox for Peloton's tests starts as fast as ever and
counts no endpoints that nobody asked.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import UTC, date, datetime, timedelta
from functools import cached_property
from typing import Any

from sandbox.iracing.auth import OAuthDesk
from sandbox.iracing.catalogue import constants
from sandbox.iracing.control import SeasonControl
from sandbox.iracing.documents import Documents, NotFoundError
from sandbox.iracing.forms import CSV_CATEGORIES, Forms, Sheets
from sandbox.iracing.limit import FixedWindow
from sandbox.iracing.paddock import Paddock
from sandbox.iracing.storage import CSV_TYPE, Storage
from sandbox.messages import JSON_TYPE, Answer, Request, Target, compact_json, json_answer, text_answer
from sandbox.peloton.seeds import Seeds
from sandbox.provider import Action
from sandbox.world import not_found_page

API_PREFIX, AUTH_PREFIX, STORAGE_PREFIX = "iracing", "iracing-auth", "iracing-storage"
TOKEN_PATH = f"/{AUTH_PREFIX}/oauth2/token"
DATA_PATH = re.compile(rf"/{API_PREFIX}/data/(.+?)/?")
STORED_PATH = re.compile(rf"/{STORAGE_PREFIX}/([a-z_]+)/([a-z_]+)/.+")
DOCUMENT_LIFE = timedelta(minutes=12)
CONSTANTS = ("categories", "divisions", "event_types")
MAINTENANCE = {"error": "Site Maintenance", "note": "We are working on the site. Please come back later."}
LINKED = (
    "series/get", "series/assets", "series/seasons", "series/season_list", "series/season_schedule",
    "series/past_seasons", "series/stats_series", "season/list", "season/race_guide", "carclass/get", "car/get",
    "car/assets", "track/get", "track/assets", "lookup/current_season",
)  # fmt: skip
OTHERS = (
    "results/search_series", "league/roster", "stats/season_driver_standings", "stats/world_records",
    *(f"constants/{name}" for name in CONSTANTS),
    *(f"driver_stats_by_category/{name}" for name in CSV_CATEGORIES),
)  # fmt: skip
DATA_ENDPOINTS = {path: f"iracing_{path.replace('/', '_')}" for path in (*LINKED, *OTHERS)}


class IRacing:
    """The provider object that the world holds."""

    name: str = "iracing"
    path_prefixes: tuple[str, ...] = (API_PREFIX, AUTH_PREFIX, STORAGE_PREFIX)
    endpoints: tuple[str, ...] = ()
    """All of them once anything of iRacing was asked for."""

    def __init__(self, series_count: int, seed: int, today: date) -> None:
        self.settings: dict[str, Any] = {
            "iracing_access_token_seconds": 600,
            "iracing_refresh_token_seconds": 7 * 86_400,
            "iracing_per_minute": 240,
            "iracing_window_seconds": 60,
            "token_limit": 0,
            "token_window_seconds": 60,
            "link_seconds": 120,
            "storage_content_type": JSON_TYPE,
            "maintenance": False,
        }
        self._series_count, self._today = series_count, today
        self._seeds = Seeds(seed)
        self._window = FixedWindow()
        self.desk = OAuthDesk(self._seeds, self.settings)
        self.storage = Storage(self._seeds, STORAGE_PREFIX)
        self.actions: Mapping[str, Action] = {
            **SeasonControl(lambda: self.paddock).actions,
            "iracing_expire_tokens": lambda body: self.desk.expire(bool((body or {}).get("refresh_tokens"))),
            "iracing_expire_links": lambda _: self.storage.expire_links(),
            "iracing_reset_limit": self._reset_limits,
        }
        self.events: Mapping[str, Action] = {
            "expire_tokens": lambda _: self.desk.expire(),
            "expire_iracing_tokens": lambda _: self.desk.expire(),
            "expire_links": lambda _: self.storage.expire_links(),
        }

    @cached_property
    def paddock(self) -> Paddock:
        return Paddock(self._seeds, self._series_count, self._today)

    @cached_property
    def documents(self) -> Documents:
        return Documents(self.paddock)

    @cached_property
    def forms(self) -> Forms:
        return Forms(self.paddock)

    # -------------------------------------------------------------- requests

    def identify(self, request: Request) -> Target:
        self.endpoints = ("iracing_token", "iracing_storage", *DATA_ENDPOINTS.values())
        if request.path == TOKEN_PATH and request.method == "POST":
            return Target("iracing_token", is_data=False)
        if found := STORED_PATH.fullmatch(request.path):
            return Target("iracing_storage", f"iracing_{found[1]}_{found[2]}")
        if (found := DATA_PATH.fullmatch(request.path)) and request.method == "GET":
            return Target(DATA_ENDPOINTS.get(found[1], "iracing_unknown"))
        return Target("iracing_unknown", is_data=False)

    def admit(self, target: Target, now_s: float) -> bool:
        """The minute's limit counts data answers; downloads from the storage are free."""
        if target.endpoint == "iracing_storage":
            return True
        per_minute, window_s = self.settings["iracing_per_minute"], self.settings["iracing_window_seconds"]
        return self._window.admit(now_s, int(per_minute), float(window_s))

    def refusal(self, retry_after: str | None) -> Answer:
        """Plain text, and no Retry-After: when to come back stands in the reset header."""
        del retry_after
        return self._with_limit(text_answer("Rate limit exceeded", 429, "text/plain"))

    def answer(self, request: Request, target: Target) -> Answer:
        if target.endpoint == "iracing_token":
            return self.desk.token(request)
        if target.endpoint == "iracing_storage":
            return self.storage.answer(request)
        if not target.is_data:
            return not_found_page()
        if self.settings["maintenance"]:
            return json_answer(MAINTENANCE, 503)
        if not self.desk.opens(request):
            return self._with_limit(json_answer({"error": "Unauthorized"}, 401))
        try:
            answer = self._data(request, request.path.removeprefix(f"/{API_PREFIX}/data/").rstrip("/"))
        except NotFoundError:
            answer = json_answer({"error": "Not Found"}, 404)
        except (ValueError, OverflowError):
            answer = json_answer({"error": "Bad Request"}, 400)
        return self._with_limit(answer)

    def _data(self, request: Request, path: str) -> Answer:
        if path not in DATA_ENDPOINTS:
            raise NotFoundError
        self.documents.moment += 1
        life_s = float(self.settings["link_seconds"])
        base_url = f"http://{request.headers.get('host', '')}"
        sheets = Sheets(self.storage, str(self.settings["storage_content_type"]), base_url, life_s)
        service, _, method = path.partition("/")
        if service == "constants":
            return json_answer(constants(method))
        if path in self.forms.inline:
            return json_answer(self.forms.inline[path](request, sheets))
        if service == "driver_stats_by_category":
            address = sheets.address(path, self.forms.csv(method), request.now_s, CSV_TYPE)
        elif path in self.forms.linked:
            address = sheets.address(
                path, compact_json(self.forms.linked[path](request, sheets)), request.now_s
            )
        else:
            value = self.documents.by_endpoint[path](request)
            address = sheets.address(path, compact_json(value), request.now_s)
        expires = datetime.fromtimestamp(request.now_s, UTC) + DOCUMENT_LIFE
        return json_answer(
            {"link": address, "expires": expires.isoformat(timespec="milliseconds")[:23] + "Z"}
        )

    def _with_limit(self, answer: Answer) -> Answer:
        answer.headers |= {
            "x-ratelimit-limit": str(self._window.told_limit),
            "x-ratelimit-remaining": str(self._window.remaining),
            "x-ratelimit-reset": str(self._window.reset_at),
        }
        return answer

    # -------------------------------------------------------------- what the world asks

    def counters(self) -> dict[str, Any]:
        return {
            "iracing_password_grants": self.desk.password_grants,
            "iracing_refreshes": self.desk.refreshes,
            "iracing_token_rejections": self.desk.rejected,
        }

    def greeting(self, base_url: str) -> dict[str, Any]:
        return {
            "iracing_api_url": f"{base_url}/{API_PREFIX}",
            "iracing_auth_url": f"{base_url}/{AUTH_PREFIX}",
            "iracing": self.desk.credentials,
        }

    def _reset_limits(self, _: Any) -> None:
        self._window.reset()
        self.desk.reset_limit()
