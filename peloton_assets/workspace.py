"""The workspace of a Peloton sync: the rooms of the data folder, a client, and whose account asks."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

from peloton_assets.pending import SOURCE, merge_pending
from resources.outlook import Allowance
from resources.peloton import PelotonClient
from resources.workspace import MonthReport, OnMonth, OnProgress, Progress, Rooms, now, silent

__all__ = ["SOURCE", "MonthReport", "OnMonth", "OnProgress", "Progress", "Workspace", "now", "silent"]


@dataclass
class Workspace(Rooms):
    """What a sync of the library or of workouts works with."""

    source = SOURCE
    what = "the Peloton library"

    delay_s: float | None = None
    account: str = "default"

    @cached_property
    def client(self) -> PelotonClient:
        return PelotonClient.from_settings(
            self.settings, delay=self.delay_s, account=self.account, on_wait=self.on_wait
        )

    @property
    def requests_per_second(self) -> float:
        return 1 / self.delay_s if self.delay_s else self.settings.peloton_requests_per_second

    def allowance(self) -> Allowance:
        return self.client.allowance()

    def merge(self) -> None:
        merge_pending(self.lake, self.landing, self.state)
