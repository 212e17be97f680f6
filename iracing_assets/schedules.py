"""Jobs that a person launches, each with a launchpad that explains itself, and the daily refresh.

The schedule is stopped until somebody starts it, since it needs a sign-in that a fresh checkout does not have.
"""

from __future__ import annotations

import dagster as dg

from iracing_assets.past_seasons import PAST_LIMIT

TABLES = dg.AssetSelection.groups("iracing_tables") - dg.AssetSelection.assets(
    ["iracing", "events"],
    [
        "iracing",
        "event_car_restrictions",
    ],
    ["iracing", "time_slots"],
)
CALENDAR = dg.AssetSelection.assets(["iracing", "race_calendar"])
RESULTS = TABLES | CALENDAR


def fetched(*names: str) -> dg.AssetSelection:
    """Steps that ask the provider."""
    return dg.AssetSelection.assets(*(["iracing", name] for name in names))


current_job = dg.define_asset_job(
    "iracing_current",
    fetched("series_list", "car_class_list", "car_list", "track_list", "current_seasons") | RESULTS,
    description="Everything that is current: catalogue, active seasons with their schedules, tables, warehouse.",
)
series_job = dg.define_asset_job(
    "iracing_series",
    fetched("series_list") | RESULTS,
    description="Series with an active season, with pictures.",
)
current_seasons_job = dg.define_asset_job(
    "iracing_current_seasons",
    fetched("current_seasons") | RESULTS,
    description="All active seasons with their schedules, in one request.",
)
car_classes_job = dg.define_asset_job(
    "iracing_car_classes",
    fetched("car_class_list", "car_list") | RESULTS,
    description="Car classes and cars.",
)
chosen_seasons_job = dg.define_asset_job(
    "iracing_chosen_seasons",
    fetched("chosen_seasons") | RESULTS,
    config={"ops": {"iracing__chosen_seasons": {"config": {"season_ids": []}}}},
    description="Schedules of seasons by id: put them into season_ids, such as [5935, 5910].",
)
past_seasons_job = dg.define_asset_job(
    "iracing_past_seasons",
    fetched("past_seasons") | RESULTS,
    config={
        "ops": {
            "iracing__past_seasons": {"config": {"series_ids": [], "limit": PAST_LIMIT, "refresh": False}}
        }
    },
    description="Past seasons of chosen series (series_ids, such as [139]; [] for all), at most limit answers.",
)
tables_job = dg.define_asset_job(
    "iracing_tables", RESULTS, description="Tables and warehouse from what is landed, without a request."
)
JOBS = [
    current_job, series_job, current_seasons_job, car_classes_job, chosen_seasons_job, past_seasons_job, tables_job,
]  # fmt: skip


@dg.schedule(job=current_job, cron_schedule="7 3 * * *", execution_timezone="UTC")
def daily_refresh() -> dg.RunRequest:
    """Every night after midnight UTC, when weeks and quarters turn: some nine requests."""
    return dg.RunRequest()


follow_iracing = dg.AutomationConditionSensorDefinition(
    "follow_iracing",
    target=TABLES | CALENDAR,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Builds tables and warehouse when their inputs changed.",
)
