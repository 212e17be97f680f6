"""The Peloton class library over HTTP: five questions, each answer checked before it is believed.

Knows nothing of storage or scheduling. Surprising: `page_count` and `show_next` are ignored, for they are not
to be trusted (facts 2.4); the page number that the answer repeats is, because an answer to another page
would be a silent hole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any
from urllib.parse import quote

from resources.errors import UsageProblem
from resources.http import Answer, JsonHttp, Shape
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.rate_limit import RateLimiter
from resources.redact import protect_process
from resources.settings import Settings
from resources.tokens import TokenStore

PAGE_LIMIT = 100  # more is asked in vain: rows are capped at 100, page_count is not (live 2026-10, facts 2.4)
NO_RIDE_ID = "0" * 32  # Just Ride, Lanebreak, imported workouts: not a class (facts 3.2)
LEDGER_NAME = "limits.sqlite"


class PelotonClient:
    """One account's view of the library. Safe for a few worker threads."""

    def __init__(self, api_url: str, http: JsonHttp) -> None:
        self.api_url = api_url
        self._http = http

    @classmethod
    def from_settings(
        cls,
        settings: Settings,
        *,
        delay: float | None = None,
        account: str = "default",
        on_wait: Callable[[float, str], None] | None = None,
        backoff_s: float = 2.0,
    ) -> PelotonClient:
        """The client with limiter, tokens and state of these settings; `delay` s means 1/delay a second."""
        if delay is not None and not delay > 0:
            raise UsageProblem(
                f"A delay of {delay} s is not possible", "Give a number above zero, such as 0.5."
            )
        protect_process()
        limiter = RateLimiter(
            PROVIDER,
            1 / delay if delay else settings.peloton_requests_per_second,
            settings.state_dir / LEDGER_NAME,
            limiter_url=settings.limiter_url,
            on_wait=on_wait,
        )
        auth = PelotonAuth(
            TokenStore(settings.state_dir), settings.peloton_auth_url, account, backoff_s=backoff_s
        )
        http = JsonHttp(
            "Peloton",
            limiter,
            token=auth.access_token,
            renew=auth.renew,
            accepted=auth.accepted,
            headers={"Peloton-Platform": "web"},  # without it some addresses answer 400 (facts 1.6)
            user_agent=os.environ.get("PELOTON_USER_AGENT", "").strip(),
            backoff_s=backoff_s,
            on_wait=on_wait,
        )
        return cls(settings.peloton_api_url, http)

    @property
    def requests_made(self) -> int:
        return self._http.requests_made

    @property
    def refused(self) -> int:
        return self._http.refused

    def giving_up(self) -> AbstractContextManager[None]:
        """While this is open, calls that wait for their turn or for another try end with GaveUp."""
        return self._http.limiter.giving_up()

    def archived(self, page: int, category: str | None = None) -> Answer:
        """One page of the class list, newest first; `category` is a browse category slug such as cycling."""
        params: dict[str, str | int] = {
            "limit": PAGE_LIMIT,
            "page": page,
            "sort_by": "original_air_time",
            "desc": "true",
        }
        if category:
            params["browse_category"] = category.lower()  # only the lower-case slug works (live 2026-10)
        return self._get("/api/v2/ride/archived", lambda payload: wrong_list(payload, page), params)

    def ride_details(self, ride_id: str) -> Answer:
        """All that is told of one class, songs included. NotServed when there is no such class."""
        if not ride_id.strip() or ride_id in (".", "..") or not ride_id.replace("-", "").strip("0"):
            raise UsageProblem(f"{ride_id!r} is not the id of a class", "Leave such rides out.")
        path = f"/api/ride/{quote(ride_id, safe='')}/details"
        return self._get(path, lambda payload: wrong_details(payload, ride_id))

    def instructors(self, page: int) -> Answer:
        params: dict[str, str | int] = {"limit": PAGE_LIMIT, "page": page}
        return self._get("/api/instructor", lambda payload: wrong_list(payload, page), params)

    def metadata_mappings(self) -> Answer:
        """Class types, equipment and the other tables of names."""
        return self._get("/api/ride/metadata_mappings", wrong_mappings)

    def me_id(self) -> str:
        """The member's id; the cheapest proof that a token works. The rest of the answer is private."""
        return str(self._get("/api/me", wrong_me).payload["id"])

    def _get(self, path: str, shape: Shape, params: dict[str, str | int] | None = None) -> Answer:
        return self._http.get(self.api_url + path, shape, params)


def wrong_list(payload: Any, page: int) -> str | None:
    """What keeps a payload from being page `page` of a list, None when it is one."""
    if not isinstance(payload, dict):
        return f"a list answer must be an object, this is {_kind(payload)}"
    rows, total = payload.get("data"), payload.get("total")
    if not isinstance(rows, list):
        return f"the list answer has no rows (data is {_kind(rows)})"
    if not _is_count(total):
        return f"the list answer has no total ({_kind(total)})"
    if _is_count(payload.get("page")) and payload["page"] != page:
        return f"asked for page {page}, got page {payload['page']}"
    if rows and not any(isinstance(row, dict) and _is_id(row.get("id")) for row in rows):
        return "no row of the list answer has an id"
    return None


def wrong_details(payload: Any, ride_id: str) -> str | None:
    ride = payload.get("ride") if isinstance(payload, dict) else None
    if not isinstance(ride, dict):
        return f"the details have no ride ({_kind(ride)})"
    if ride.get("id") != ride_id:
        return "the details are of another ride"
    return None


def wrong_mappings(payload: Any) -> str | None:
    types = payload.get("class_types") if isinstance(payload, dict) else None
    if not isinstance(types, list) or not types:
        return f"the name tables have no class types ({_kind(types)})"
    return None


def wrong_me(payload: Any) -> str | None:
    if not isinstance(payload, dict) or not _is_id(payload.get("id")):
        return "the answer about the member has no id"
    return None


def _is_id(value: object) -> bool:
    return isinstance(value, str) and bool(value.strip())


def _is_count(value: object) -> bool:
    return isinstance(value, int) and not isinstance(value, bool) and value >= 0


def _kind(value: object) -> str:
    """The JSON name of a type, so that messages speak of the answer and not of Python."""
    names = {dict: "an object", list: "an array", str: "a string", bool: "a boolean", type(None): "missing"}
    return names.get(type(value), "a number")
