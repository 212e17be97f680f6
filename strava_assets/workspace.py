"""The workspace of a Strava sync: the rooms of the data folder, a client, and whose account asks."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

import duckdb

from resources.entities import Change
from resources.outlook import Allowance
from resources.strava import StravaClient
from resources.workspace import Rooms
from strava_assets.staging import merge_pending
from strava_assets.transform import SOURCE, connect, show_staging


@dataclass
class Workspace(Rooms):
    """What a sync of one athlete works with. `change` is what all merges so far changed."""

    source = SOURCE
    what = "Strava"

    account: str = "default"
    background: bool = False
    change: Change = field(default_factory=Change)

    @cached_property
    def client(self) -> StravaClient:
        return StravaClient.from_settings(
            self.settings, account=self.account, background=self.background, on_wait=self.on_wait
        )

    def allowance(self) -> Allowance:
        return self.client.allowance()

    def merge(self) -> None:
        self.change.add(merge_pending(self.lake, self.landing, self.state))

    def staged(self) -> duckdb.DuckDBPyConnection:
        """A connection that shows the staging tables; to be closed."""
        connection = connect()
        show_staging(connection, self.lake)
        return connection
