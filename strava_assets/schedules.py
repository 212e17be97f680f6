"""The background sync of all connected athletes, the weekly full listing, and jobs that a person launches.

The background sync is on as soon as somebody is connected, unless BACKGROUND_SYNC_ENABLED says otherwise.
"""

from collections.abc import Iterator
from datetime import timedelta

import dagster as dg

from resources.dagster_runs import traces_without_secrets
from resources.settings import Settings, load_settings
from resources.state import State
from resources.token_table import token_store
from resources.workspace import now
from strava_assets.accounts import BACKGROUND_PAGES
from strava_assets.athletes import connections
from strava_assets.events import open_events
from strava_assets.syncing import full_listing_mark
from strava_assets.transform import SOURCE
from strava_assets.workspace import Workspace

FULL_LISTING_EVERY = timedelta(days=7)
EVENTS_EVERY_S = 60

LISTED = dg.AssetSelection.assets(["strava", "activity_list"])
ITEMS = dg.AssetSelection.assets(["strava", "activity_items"])
RESULTS = dg.AssetSelection.assets(["strava", "athletes"], ["strava", "gear"], ["strava", "training_log"])

sync_job = dg.define_asset_job(
    "strava_sync", LISTED | RESULTS, description="Activities of all connected athletes, up to the warehouse."
)
items_job = dg.define_asset_job(
    "strava_items", ITEMS | RESULTS, description="Details, series, zones and gear, within the limits."
)
tables_job = dg.define_asset_job(
    "strava_tables", RESULTS, description="Tables and warehouse from what is landed, without a request."
)
JOBS = [sync_job, items_job, tables_job]


@dg.sensor(
    job=sync_job,
    minimum_interval_seconds=60 * load_settings().sync_interval_minutes,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def background_sync() -> Iterator[dg.RunRequest | dg.SkipReason]:
    """New activities every SYNC_INTERVAL_MINUTES, everything once a week."""
    with traces_without_secrets():
        settings = load_settings()
        if (why := off_because(settings)) is not None:
            yield dg.SkipReason(why)
            return
        full = is_full_listing_due(settings)
    config = {
        "background": True,
        "full": full,
        **({} if full else {"max_pages": BACKGROUND_PAGES}),
    }
    yield dg.RunRequest(
        run_key=f"{now():%Y%m%dT%H%M}",
        partition_key=f"{now():%Y-%m}-01",
        run_config={"ops": {"strava__activity_list": {"config": config}}},
    )


@dg.sensor(
    job=sync_job,
    minimum_interval_seconds=EVENTS_EVERY_S,
    default_status=dg.DefaultSensorStatus.RUNNING,
)
def webhook_events() -> Iterator[dg.RunRequest | dg.SkipReason]:
    """What a webhook told (`paceline webhook strava`) is looked after within minutes."""
    with traces_without_secrets():
        settings = load_settings()
        athletes = _athlete_ids(settings)
        events = [event for event in open_events(Workspace(settings)) if event.owner_id in athletes]
    if not events:
        yield dg.SkipReason("no event waits")
        return
    yield dg.RunRequest(
        run_key=events[-1].name,
        partition_key=f"{now():%Y-%m}-01",
        run_config={"ops": {"strava__activity_list": {"config": {"background": True, "max_pages": 1}}}},
    )


follow_strava = dg.AutomationConditionSensorDefinition(
    "follow_strava",
    target=ITEMS | RESULTS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    run_tags={"dagster/max_runtime": "3600"},
    description="Fetches details and series, and builds the tables, when the lists brought something.",
)


def off_because(settings: Settings) -> str | None:
    """Why there is no background sync; None when there is one."""
    if settings.background_sync_enabled is False:
        return "BACKGROUND_SYNC_ENABLED is off"
    if not connections(settings):
        return "no athlete is connected; `paceline login strava`"
    return None


def is_full_listing_due(settings: Settings) -> bool:
    """Whether the last full listing of some athlete who can be asked is a week old."""
    state = State(settings.state_place)
    last = [state.mark(full_listing_mark(athlete_id)) for athlete_id in _athlete_ids(settings)]
    return any(moment is None or now() - moment >= FULL_LISTING_EVERY for moment in last)


def _athlete_ids(settings: Settings) -> list[str]:
    """Of all who are connected and need not sign in anew; empty text for one who was never asked who they are."""
    store = token_store(settings.state_place)
    return [
        store.load(SOURCE, each.account).member_id
        for each in connections(settings)
        if each.state != "needs sign-in"
    ]
