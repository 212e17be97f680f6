"""iRacing's catalogue and schedules over HTTP; each document is checked before it is believed.

Knows nothing of storage or scheduling. One counted request for each document, however many downloads follow it.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Self

import requests

from resources.errors import LimitReached, PacelineError
from resources.http import ABOUT_ITEM, Answer, JsonHttp, Shape
from resources.iracing_auth import CURE, PROVIDER, IracingAuth
from resources.iracing_documents import Documents, parse_document
from resources.iracing_limit import IracingLimiter
from resources.iracing_shapes import (
    by_id,
    past_seasons_of,
    rows_with,
    schedule_of,
    season_list_of,
    wrong_seasons,
)
from resources.outlook import Allowance
from resources.rate_limit import RateLimiter
from resources.redact import protect_process
from resources.settings import LEDGER_NAME, Settings
from resources.token_table import token_store

DOWNLOADS_PER_SECOND = 20.0  # they are not counted by the provider; this is only manners
LARGEST_DOCUMENT_BYTES = 128 * 1024 * 1024  # a whole catalogue with seasons since 2008 was never measured
MAINTENANCE_PAUSE_S = 900.0  # it can last hours, and nobody says how long


class IracingClient:
    """One account's view of the catalogue."""

    def __init__(self, api_url: str, documents: Documents, auth: IracingAuth) -> None:
        self.api_url = api_url
        self.auth = auth
        self._documents = documents

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        on_wait: Callable[[float, str], None] | None = None,
        backoff_s: float = 2.0,
    ) -> Self:
        """The client with limiter, tokens and state of these settings."""
        protect_process()
        ledger = settings.state_dir / LEDGER_NAME
        limiter = IracingLimiter(
            PROVIDER,
            settings.iracing_requests_per_minute / 60,
            ledger,
            limiter_url=settings.limiter_url,
            on_wait=on_wait,
        )
        auth = IracingAuth(token_store(settings.state_place), settings.iracing_auth_url, backoff_s=backoff_s)
        api = JsonHttp(
            "iRacing",
            limiter,
            token=auth.access_token,
            renew=auth.renew,
            accepted=auth.accepted,
            backoff_s=backoff_s,
            on_wait=on_wait,
            cure=CURE,
            about_item=(403, *ABOUT_ITEM),  # 403 is "no right to that result" here (iRacing facts, 1)
            own_word=lambda response, body: _maintenance(limiter, response, body),
        )
        downloads = RateLimiter(
            f"{PROVIDER} downloads", DOWNLOADS_PER_SECOND, ledger, limiter_url=settings.limiter_url
        )
        storage = JsonHttp(
            "iRacing storage",
            downloads,
            backoff_s=backoff_s,
            on_wait=on_wait,
            max_bytes=LARGEST_DOCUMENT_BYTES,
            parse=parse_document,
            about_item=(400, 403, *ABOUT_ITEM),  # a link that ended
        )
        return cls(settings.iracing_api_url, Documents(api, storage), auth)

    @property
    def requests_made(self) -> int:
        """Counted requests; downloads are none."""
        return self._documents.api.requests_made

    @property
    def refused(self) -> int:
        return self._documents.api.refused

    def allowance(self) -> Allowance:
        """What may be sent from now on."""
        return self._documents.api.limiter.allowance()

    def giving_up(self) -> AbstractContextManager[None]:
        """While this is open, calls that wait for their turn or for another try end with GaveUp."""
        return self._documents.api.limiter.giving_up()

    def series(self) -> Answer:
        """Series that have an active season now; 35 of them in Week 13, some 140 otherwise."""
        return self.get("series/get", rows_with("series_id", "series"))

    def series_assets(self) -> Answer:
        return self.get("series/assets", by_id("series assets"))

    def car_classes(self) -> Answer:
        return self.get("carclass/get", rows_with("car_class_id", "car classes"))

    def cars(self) -> Answer:
        return self.get("car/get", rows_with("car_id", "cars"))

    def car_assets(self) -> Answer:
        return self.get("car/assets", by_id("car assets"))

    def tracks(self) -> Answer:
        return self.get("track/get", rows_with("track_id", "tracks"))

    def track_assets(self) -> Answer:
        """Maps among others: an address and the files of six SVG layers for each track."""
        return self.get("track/assets", by_id("track assets"))

    def current_seasons(self) -> Answer:
        """All active seasons with their schedules, in one answer of some MB."""
        return self.get("series/seasons", wrong_seasons, include_series=0)

    def season_schedule(self, season_id: int) -> Answer:
        """The weeks of one season, also of a past one."""
        return self.get("series/season_schedule", schedule_of(season_id), season_id=season_id)

    def past_seasons(self, series_id: int) -> Answer:
        """All seasons that a series ever had; their weeks with number and track only."""
        return self.get("series/past_seasons", past_seasons_of(series_id), series_id=series_id)

    def season_list(self, year: int, quarter: int) -> Answer:
        """All seasons of one quarter, Week 13 included, without schedules."""
        shape = season_list_of(year, quarter)
        return self.get("season/list", shape, season_year=year, season_quarter=quarter)

    def current_quarter(self) -> Answer:
        """Year and quarter as text inside a lookup structure; the cheapest proof that a token works."""
        return self.get("lookup/current_season", _no_list)

    def get(self, endpoint: str, shape: Shape, **params: str | int) -> Answer:
        """Any document of `/data`, in whatever form it comes."""
        return self._documents.get(f"{self.api_url}/data/{endpoint}", shape, params)


def _no_list(payload: object) -> str | None:
    return None if isinstance(payload, list) else "it is no list"


def _maintenance(limiter: RateLimiter, response: requests.Response, body: bytes) -> PacelineError | None:
    """A 503 that says so is no fault to be tried again: everybody stops, and knows when to look again."""
    if response.status_code != 503:
        return None
    try:
        told = json.loads(body)
    except ValueError:
        return None
    if not isinstance(told, dict) or "maintenance" not in str(told.get("error", "")).lower():
        return None
    limiter.hold_for(MAINTENANCE_PAUSE_S, "iRacing is under maintenance")
    reached: LimitReached = limiter.limit_reached(MAINTENANCE_PAUSE_S, "iRacing is under maintenance")
    return reached
