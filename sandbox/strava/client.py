"""The part of `sandbox.client.Sandbox` that is about Strava: addresses, credentials and control actions."""

from __future__ import annotations

import base64
from typing import Any, cast

Json = Any


class StravaControl:
    """Mixed into `Sandbox`, which brings `greeting` and `control`."""

    greeting: dict[str, Json]

    def control(self, name: str, body: Json = None) -> Json:
        raise NotImplementedError

    @property
    def strava_api_url(self) -> str:
        return str(self.greeting["strava_api_url"])

    @property
    def strava_auth_url(self) -> str:
        return str(self.greeting["strava_auth_url"])

    @property
    def strava_credentials(self) -> dict[str, Json]:
        """client_id, client_secret, and for each of `athletes` athlete_id and refresh_token."""
        return cast(dict[str, Json], self.greeting["strava"])

    def strava_env(self, athlete: int = 0) -> dict[str, str]:
        """Environment variables that point Paceline at this sandbox's Strava."""
        known = self.strava_credentials
        return {
            "STRAVA_API_URL": self.strava_api_url,
            "STRAVA_AUTH_URL": self.strava_auth_url,
            "STRAVA_CLIENT_ID": known["client_id"],
            "STRAVA_CLIENT_SECRET": known["client_secret"],
            "STRAVA_REFRESH_TOKEN": known["athletes"][athlete]["refresh_token"],
        }

    def upload_activities(
        self,
        count: int = 1,
        at: int | None = None,
        athlete: int = 0,
        sport_type: str | None = None,
        streams_after: float = 0,
        **fields: Json,
    ) -> list[dict[str, Json]]:
        """New activities, visible at once; `at` is the start of the first, `fields` as in edit_activity."""
        body = {"count": count, "at": at, "athlete": athlete, "sport_type": sport_type, "fields": fields}
        return cast(
            list[dict[str, Json]], self.control("strava_upload", {**body, "streams_after": streams_after})
        )

    def edit_activity(self, activity_id: int, **fields: Json) -> dict[str, Json]:
        """`sandbox.strava.activities.EDITABLE` names the fields; streams follow distance and times."""
        return cast(dict[str, Json], self.control("strava_edit", {"id": activity_id, "fields": fields}))

    def delete_activities(self, *ids: int) -> None:
        self.control("strava_delete", {"ids": list(ids)})

    def give_kudos(self, *ids: int, count: int = 1, athlete: int = 0) -> int:
        """The counters that others move do so, of all activities unless ids are given."""
        return int(self.control("strava_kudos", {"ids": list(ids), "count": count, "athlete": athlete}))

    def make_private(self, activity_id: int, private: bool = True) -> dict[str, Json]:
        return cast(dict[str, Json], self.control("strava_private", {"id": activity_id, "private": private}))

    def strava_truth(self, athlete: int = 0) -> list[dict[str, Json]]:
        """Every activity, oldest first, with `deleted`, `uploaded` and `true_start`."""
        return cast(list[dict[str, Json]], self.control("strava_truth", {"athlete": athlete}))

    def strava_streams_truth(self, activity_id: int) -> dict[str, list[Json]]:
        return cast(dict[str, list[Json]], self.control("strava_streams_truth", {"id": activity_id}))

    def strava_event(
        self, activity_id: int | None, aspect_type: str = "create", **updates: Json
    ) -> dict[str, Json]:
        """The JSON that Strava would post to a webhook; without an id the athlete's revocation."""
        body = {"id": activity_id, "aspect_type": aspect_type, "updates": updates}
        return cast(dict[str, Json], self.control("strava_event", body))

    def strava_export(self, **options: Json) -> tuple[bytes, list[dict[str, Json]]]:
        """A bulk-export ZIP and its rows' truth; options: athlete, language, dates, every, last."""
        answer = self.control("strava_export", options)
        return base64.b64decode(answer["zip"]), answer["activities"]

    def set_strava_scopes(
        self, drop: list[str] | None = None, add: list[str] | None = None, athlete: int = 0
    ) -> list[str]:
        """Answers what is granted now; without arguments private activities are lost to the application."""
        body = {"drop": drop or [], "add": add or [], "athlete": athlete} if drop or add else {}
        return cast(list[str], self.control("strava_scope", body))

    def expire_strava_tokens(self, refresh_tokens_too: bool = False) -> None:
        self.control("strava_expire_tokens", {"refresh_tokens": refresh_tokens_too})

    def spend_strava(self, reads: int) -> dict[str, list[int]]:
        """Another client of the application asked so often; answers usage as [quarter hour, day]."""
        return cast(dict[str, list[int]], self.control("strava_spend", {"reads": reads}))

    def reset_strava_limit(self) -> None:
        self.control("strava_reset_limit", {})
