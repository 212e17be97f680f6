"""Jobs, the daily schedule and the sensor that notices new classes.

Both are stopped until somebody starts them, since they need a sign-in that a fresh checkout does not have.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from peloton_assets.automation import HARD_LIMIT, ITEMS
from peloton_assets.members import chosen_accounts
from peloton_assets.partitions import MONTHS, partition_of
from peloton_assets.transform import LISTINGS, connect, show_stored
from peloton_assets.wanted import LEFT_BY_TIME
from peloton_assets.workout_items import CLASSES, GRAPHS, is_anything_to_ask
from peloton_assets.workspace import SOURCE, Workspace, now
from resources.dagster_runs import traces_without_secrets
from resources.errors import PacelineError
from resources.peloton_list import read_page
from resources.settings import load_settings
from resources.state import State

# In the first days of a month the one before still gets late arrivals.
SECOND_LOOK = timedelta(days=3)
SENSOR_INTERVAL_S = 30 * 60
UNFINISHED = [
    dg.DagsterRunStatus.QUEUED, dg.DagsterRunStatus.NOT_STARTED, dg.DagsterRunStatus.STARTING,
    dg.DagsterRunStatus.STARTED,
]  # fmt: skip

CRAWLED = dg.AssetSelection.assets(["peloton", "ride_list"], ["peloton", "ride_details"])
FULL_WALK = dg.AssetSelection.assets(["peloton", "removed_classes"])

WORKOUTS = dg.AssetSelection.groups("peloton_workouts")
WORKOUTS_FETCHED = dg.AssetSelection.assets(
    ["peloton", "workout_list"], ["peloton", "workout_classes"], ["peloton", "performance_graphs"]
)
REFERENCES = dg.AssetSelection.assets(
    ["peloton", "instructors"], ["peloton", "class_types"], ["peloton", "equipment"]
)
OPERATIONS = dg.AssetSelection.groups("operations")
TABLES = dg.AssetSelection.all() - FULL_WALK - CRAWLED - WORKOUTS_FETCHED - OPERATIONS

library_job = dg.define_asset_job(
    "peloton_library",
    dg.AssetSelection.all() - FULL_WALK - WORKOUTS - OPERATIONS,
    description="The class library of some months, from the API to the published warehouse.",
)
tables_job = dg.define_asset_job(
    "peloton_tables",
    TABLES - REFERENCES,
    description="Tables and warehouse from what is landed, without a request.",
)
workout_list_job = dg.define_asset_job(
    "peloton_workout_list",
    dg.AssetSelection.assets(
        ["peloton", "workout_list"], ["peloton", "workouts"], ["peloton", "rides"], "warehouse"
    ),
    description="Members' workouts as their lists tell them, up to the published warehouse.",
)
workout_items_job = dg.define_asset_job(
    "peloton_workout_items",
    TABLES | ITEMS,
    config={"ops": {"references": {"config": {"ask": False}}}},
    tags=HARD_LIMIT,
    description="Classes that members took and the library lacks, performance graphs, and all tables.",
)
full_walk_job = dg.define_asset_job(
    "peloton_full_walk", FULL_WALK, description="Walk the whole list and mark removed classes."
)


@dg.schedule(job=library_job, cron_schedule="17 5 * * *", execution_timezone="UTC")
def daily_current_month(context: dg.ScheduleEvaluationContext) -> Iterator[dg.RunRequest]:
    """The current month every morning, in its first days the one before as well."""
    today = context.scheduled_execution_time.astimezone(UTC)
    for month in sorted({f"{today - SECOND_LOOK:%Y-%m}", f"{today:%Y-%m}"}):
        yield dg.RunRequest(run_key=f"{today:%Y-%m-%d}-{month}", partition_key=partition_of(month))


@dg.schedule(job=full_walk_job, cron_schedule="23 4 * * 6", execution_timezone="UTC")
def weekly_full_walk() -> dg.RunRequest:
    """The provider purges classes on Fridays; a walk on Saturday sees it."""
    return dg.RunRequest()


@dg.sensor(job=library_job, minimum_interval_seconds=SENSOR_INTERVAL_S)
def new_classes(context: dg.SensorEvaluationContext) -> dg.SensorResult | dg.SkipReason:
    """Looks at the top of the list with one request and launches the months of classes that are not known."""
    with traces_without_secrets():
        work = Workspace(load_settings())
        try:
            page = read_page(0, work.client.archived(0))
        except PacelineError as error:
            return dg.SkipReason(str(error))
        with connect() as connection:
            show_stored(connection, work.lake, LISTINGS)
            known = {ride for (ride,) in connection.execute("SELECT ride_id FROM ride_listings").fetchall()}
    new = {ride: air for ride, air in page.time_of.items() if ride not in known}
    if not new.keys() - _launched_for(context.cursor):
        return dg.SkipReason(f"nothing new among {len(page.ids)} classes")
    months = sorted({f"{datetime.fromtimestamp(air, UTC):%Y-%m}" for air in new.values()})
    requests = [
        dg.RunRequest(run_key=f"{now():%Y%m%dT%H%M%S}-{month}", partition_key=partition_of(month))
        for month in months
        if MONTHS.has_partition_key(partition_of(month))
    ]
    return dg.SensorResult(requests, cursor=json.dumps(sorted(new)))


def _launched_for(cursor: str | None) -> set[str]:
    """Classes that were seen and are not stored yet. As JSON, since an id may hold a blank."""
    try:
        return set(json.loads(cursor or "[]"))
    except ValueError:
        return set()  # of an older version: its months are launched once more


@dg.schedule(job=workout_list_job, cron_schedule="41 * * * *", execution_timezone="UTC")
def workouts_hourly(context: dg.ScheduleEvaluationContext) -> dg.RunRequest:
    """New workouts of all connected members; classes and graphs follow by themselves."""
    month = context.scheduled_execution_time.astimezone(UTC)
    return dg.RunRequest(
        partition_key=partition_of(f"{month:%Y-%m}"),
        run_config={"ops": {"peloton__workout_list": {"config": {"all_months": True}}}},
    )


@dg.sensor(job=workout_items_job, minimum_interval_seconds=60, default_status=dg.DefaultSensorStatus.RUNNING)
def unfinished_workouts(context: dg.SensorEvaluationContext) -> dg.RunRequest | dg.SkipReason:
    """Goes on with classes and graphs that a run left because its time was up. Makes no request itself."""
    left = State(load_settings().state_place).rows(
        "SELECT 1 FROM coverage WHERE source = ? AND resource IN (?, ?) AND reason LIKE ? LIMIT 1",
        SOURCE, CLASSES, GRAPHS, f"%{LEFT_BY_TIME}%",
    )  # fmt: skip
    if not left:
        return dg.SkipReason("nothing was left by a time limit")
    with traces_without_secrets():
        try:
            accounts = chosen_accounts(load_settings())
        except PacelineError as error:
            return dg.SkipReason(str(error))
    # What an account left that cannot sign in any more, or of months that moved, would be launched for ever.
    if not is_anything_to_ask(load_settings(), accounts):
        return dg.SkipReason(
            "what was left is not to be asked for any more, or not by an account that can sign in"
        )
    running = dg.RunsFilter(job_name=workout_items_job.name, statuses=UNFINISHED)
    if context.instance.get_runs(running, limit=1):
        return dg.SkipReason("a run is at it")
    everything = {"config": {"all_months": True}}
    return dg.RunRequest(
        partition_key=partition_of(f"{now():%Y-%m}"),
        run_config={
            "ops": {"peloton__workout_classes": everything, "peloton__performance_graphs": everything,
                    "references": {"config": {"ask": False}}}
        },
    )  # fmt: skip
