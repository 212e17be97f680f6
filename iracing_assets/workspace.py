"""The workspace of an iRacing sync: the rooms of the data folder, and a client."""

from __future__ import annotations

from dataclasses import dataclass, field
from functools import cached_property

from iracing_assets.staging import SOURCE, merge_pending
from resources.entities import Change
from resources.iracing import IracingClient
from resources.outlook import Allowance
from resources.workspace import Rooms


@dataclass
class Workspace(Rooms):
    """What a sync of iRacing works with. `change` is what all merges so far changed."""

    source = SOURCE
    what = "iRacing"

    change: Change = field(default_factory=Change)

    @cached_property
    def client(self) -> IracingClient:
        return IracingClient.from_settings(self.settings, on_wait=self.on_wait)

    def allowance(self) -> Allowance:
        return self.client.allowance()

    def merge(self) -> None:
        self.change.add(merge_pending(self.lake, self.landing, self.state))
