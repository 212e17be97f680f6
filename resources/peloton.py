"""The Peloton class library and a member's workouts over HTTP; each answer is checked before it is believed.

Knows nothing of storage or scheduling. Surprising: `page_count` and `show_next` are ignored, for they are not
to be trusted (facts 2.4); the page number that the answer repeats is, because an answer to another page
would be a silent hole.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import AbstractContextManager
from urllib.parse import quote

from resources.errors import UsageProblem
from resources.http import Answer, JsonHttp, Shape
from resources.outlook import Allowance
from resources.peloton_auth import PROVIDER, PelotonAuth
from resources.peloton_shapes import (
    wrong_details,
    wrong_graph,
    wrong_list,
    wrong_mappings,
    wrong_me,
    wrong_session,
    wrong_workout,
)
from resources.rate_limit import RateLimiter
from resources.redact import protect_process
from resources.settings import LEDGER_NAME, Settings
from resources.token_table import token_store

PAGE_LIMIT = 100  # more is asked in vain: rows are capped at 100, page_count is not (live 2026-10, facts 2.4)
NO_RIDE_ID = "0" * 32  # Just Ride, Lanebreak, imported workouts: not a class (facts 3.2)
SECONDS_A_SAMPLE = 5  # what the service's own pages ask for; without it a step of 50 s was seen (facts 5)


class PelotonClient:
    """One account's view of the library. Safe for a few worker threads."""

    def __init__(
        self,
        api_url: str,
        http: JsonHttp,
        seconds_a_sample: int = SECONDS_A_SAMPLE,
        auth: PelotonAuth | None = None,
    ) -> None:
        self.api_url = api_url
        self._http = http
        self.seconds_a_sample = seconds_a_sample
        self.auth = auth

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
            token_store(settings.state_place), settings.peloton_auth_url, account, backoff_s=backoff_s
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
        return cls(settings.peloton_api_url, http, settings.peloton_seconds_a_sample, auth)

    @property
    def requests_made(self) -> int:
        return self._http.requests_made

    @property
    def refused(self) -> int:
        return self._http.refused

    def allowance(self) -> Allowance:
        """What may be sent from now on."""
        return self._http.limiter.allowance()

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
        path = f"/api/ride/{_one(ride_id, 'a class')}/details"
        return self._get(path, lambda payload: wrong_details(payload, ride_id))

    def instructors(self, page: int) -> Answer:
        params: dict[str, str | int] = {"limit": PAGE_LIMIT, "page": page}
        return self._get("/api/instructor", lambda payload: wrong_list(payload, page), params)

    def metadata_mappings(self) -> Answer:
        """Class types, equipment and the other tables of names."""
        return self._get("/api/ride/metadata_mappings", wrong_mappings)

    def me_id(self) -> str:
        """The member's id; the cheapest proof that a token works. The rest of the answer is private."""
        return self.me()[0]

    def me(self) -> tuple[str, str]:
        """The member's id and name."""
        payload = self._get("/api/me", wrong_me).payload
        username = payload.get("username")
        return str(payload["id"]), username if isinstance(username, str) else ""

    def workouts(self, user_id: str, page: int) -> Answer:
        """One page of a member's workouts, newest first by creation, each with the class that was taken."""
        params: dict[str, str | int] = {
            "joins": "ride,ride.instructor",
            "limit": PAGE_LIMIT,
            "page": page,
            "sort_by": "-created",
        }
        path = f"/api/user/{quote(user_id, safe='')}/workouts"
        return self._get(path, lambda payload: wrong_list(payload, page), params)

    def workout(self, workout_id: str) -> Answer:
        """One workout, for those that were in progress when they were listed."""
        path = f"/api/workout/{_one(workout_id, 'a workout')}"
        return self._get(path, lambda payload: wrong_workout(payload, workout_id))

    def performance_graph(self, workout_id: str) -> Answer:
        """Summaries and time series of one workout, a sample every few seconds."""
        path = f"/api/workout/{_one(workout_id, 'a workout')}/performance_graph"
        return self._get(
            path, lambda payload: wrong_graph(payload, workout_id), {"every_n": self.seconds_a_sample}
        )

    def class_session(self, session_id: str) -> Answer:
        """The session of a class, which tells the id of the class."""
        path = f"/api/peloton/{_one(session_id, 'a class session')}"
        return self._get(path, lambda payload: wrong_session(payload, session_id))

    def _get(self, path: str, shape: Shape, params: dict[str, str | int] | None = None) -> Answer:
        return self._http.get(self.api_url + path, shape, params)


def _one(id_: str, of: str) -> str:
    """An id as a part of an address; ids of zeros or blanks stand for nothing that can be asked for."""
    if not id_.strip() or id_ in (".", "..") or not id_.replace("-", "").strip("0"):
        raise UsageProblem(f"{id_!r} is not the id of {of}", "Leave it out.")
    return quote(id_, safe="")
