"""What a person should know of iRacing, changes of its schedule among it. Knows no Dagster and makes no request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from iracing_assets.schedule_watch import changes_since_looked, worded
from iracing_assets.staging import SOURCE
from resources.alert_facts import facts_of
from resources.alerts import Alert, FailedRun, holding
from resources.data_folder import open_lake
from resources.iracing_auth import IracingAuth
from resources.settings import Settings
from resources.state import State
from resources.token_table import token_store
from resources.workspace import now

LISTS = ("current_seasons",)


def look(settings: Settings, failed_runs: Sequence[FailedRun] = ()) -> list[Alert]:
    """All alerts that hold now."""
    store, lake = token_store(settings.state_place), open_lake(settings)
    accounts = store.accounts(SOURCE)
    connections = [IracingAuth(store, settings.iracing_auth_url, account).describe() for account in accounts]
    facts = facts_of(SOURCE, settings, now(), connections, LISTS, failed_runs)
    if lake.months("iracing.schedule_changes"):
        changes = lake.read_steadily(lambda: changes_since_looked(lake, State(settings.state_place)))
        facts = replace(
            facts,
            schedule_changes=[worded(change) for change in changes],
            schedule_changed_at=max((change.seen_at for change in changes), default=None),
        )
    return holding(facts)
