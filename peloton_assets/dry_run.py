"""What a sync would do: reads the list pages, changes nothing that is stored.

List pages have to be asked for, since nothing else tells what is new; they go into a temporary copy of the
staged list and are thrown away with it.
"""

from __future__ import annotations

import shutil
import tempfile
from dataclasses import dataclass, replace
from pathlib import Path

from peloton_assets.details import plan_details
from peloton_assets.listing import sync_list
from peloton_assets.scope import Scope
from peloton_assets.transform import LISTINGS
from peloton_assets.workspace import MonthReport, Workspace
from resources.lake import Lake
from resources.landing import Landing
from resources.state import State, SyncCounts


@dataclass(frozen=True)
class Plan:
    """What would happen. `counts.fetched` is the number of classes whose details would be asked for."""

    counts: SyncCounts
    list_rows: int

    def text(self) -> str:
        return (
            f"Dry run, nothing written: {self.list_rows} classes listed, {self.counts.created} would be created,"
            f" {self.counts.updated} updated, {self.counts.fetched} details fetched"
            f" ({self.counts.requests} list requests were made to find out)."
        )


def plan(work: Workspace, scope: Scope) -> Plan:
    """Walk the list for real, merge it into a copy, and count. The token store and the limits are the real ones."""
    with tempfile.TemporaryDirectory(prefix="paceline-dry-run-") as folder:
        trial = _copy(work, Path(folder))
        listed = sync_list(trial, scope, _ignore)
        trial.landing = work.landing  # what is landed for real need not be fetched
        details = plan_details(trial, scope)
    counts = replace(listed.counts, fetched=len(details.to_ask), skipped=listed.counts.skipped)
    return Plan(counts, listed.counts.fetched)


def _copy(work: Workspace, folder: Path) -> Workspace:
    trial = replace(work)
    trial.client = work.client
    trial.landing = Landing(folder / "landing")
    trial.lake = Lake(folder / "lake")
    staged = work.lake.path(LISTINGS).parent
    if staged.exists():
        shutil.copytree(staged, trial.lake.path(LISTINGS).parent)
    trial.state = State(folder / "state")
    if work.settings.state_url or work.settings.state_dir.joinpath("paceline.sqlite").exists():
        trial.state.copy_from(work.state)
    return trial


def _ignore(_: MonthReport) -> None:
    """A dry run has no months to report."""
