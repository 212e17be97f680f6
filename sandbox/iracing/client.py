"""The part of `sandbox.client.Sandbox` that is about iRacing: addresses, credentials and control actions."""

from __future__ import annotations

from typing import Any, cast

Json = Any


class IRacingControl:
    """Mixed into `Sandbox`, which brings `greeting` and `control`."""

    greeting: dict[str, Json]

    def control(self, name: str, body: Json = None) -> Json:
        raise NotImplementedError

    @property
    def iracing_api_url(self) -> str:
        return str(self.greeting["iracing_api_url"])

    @property
    def iracing_auth_url(self) -> str:
        return str(self.greeting["iracing_auth_url"])

    @property
    def iracing_credentials(self) -> dict[str, str]:
        """client_id, client_secret, username and password, unmasked."""
        return cast(dict[str, str], self.greeting["iracing"])

    def iracing_env(self) -> dict[str, str]:
        """Environment variables that point Paceline at this sandbox's iRacing."""
        credentials = {f"IRACING_{name.upper()}": value for name, value in self.iracing_credentials.items()}
        return {
            "IRACING_API_URL": self.iracing_api_url,
            "IRACING_AUTH_URL": self.iracing_auth_url,
            **credentials,
        }

    def edit_season(
        self, season_id: int, fields: dict[str, Json], week: int | None = None
    ) -> dict[str, Json]:
        """Override fields by dotted path, of a race week or of the season itself."""
        body = {"season_id": season_id, "race_week_num": week, "fields": fields}
        return cast(dict[str, Json], self.control("iracing_edit", body))

    def add_season(
        self, series_id: int | None = None, kind: str | None = None, start: str | None = None
    ) -> dict[str, Json]:
        """A new active season; `kind` is one of `sandbox.iracing.patterns.KINDS`, `start` its first day."""
        body = {"series_id": series_id, "kind": kind, "start": start}
        return cast(dict[str, Json], self.control("iracing_add_season", body))

    def end_season(self, season_id: int) -> None:
        """It vanishes from the lists of active seasons."""
        self.control("iracing_end_season", {"season_id": season_id})

    def hide_series(self, series_id: int, hidden: bool = True) -> None:
        """Absent from series/get; its seasons go on."""
        self.control("iracing_hide_series", {"series_id": series_id, "hidden": hidden})

    def iracing_truth(self, begin: str | None = None, end: str | None = None) -> dict[str, Json]:
        """The active seasons with their weeks, and `starts` in [begin, end) if both are given."""
        body = {"from": begin, "to": end} if begin and end else {}
        return cast(dict[str, Json], self.control("iracing_truth", body))

    def roll_over(self) -> dict[str, Json]:
        """The next quarter begins; answers its day and the ids of the new seasons."""
        return cast(dict[str, Json], self.control("iracing_rollover", {}))

    def expire_iracing_tokens(self, refresh_tokens_too: bool = False) -> None:
        self.control("iracing_expire_tokens", {"refresh_tokens": refresh_tokens_too})

    def expire_links(self) -> None:
        """Every storage link given so far is dead."""
        self.control("iracing_expire_links", {})

    def reset_iracing_limit(self) -> None:
        """The minute of the data limit and the window of the token limit begin anew."""
        self.control("iracing_reset_limit", {})
