"""Jobs, the daily schedule and the sensor that notices new classes.

Both are stopped until somebody starts them, since they need a sign-in that a fresh checkout does not have.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import dagster as dg

from peloton_assets.partitions import MONTHS, partition_of
from peloton_assets.runtime import traces_without_secrets
from peloton_assets.transform import LISTINGS, connect, show_stored
from peloton_assets.workspace import Workspace, now
from resources.errors import PacelineError
from resources.peloton_list import read_page
from resources.settings import load_settings

# In the first days of a month the one before still gets late arrivals.
SECOND_LOOK = timedelta(days=3)
SENSOR_INTERVAL_S = 30 * 60

CRAWLED = dg.AssetSelection.assets(["peloton", "ride_list"], ["peloton", "ride_details"])
FULL_WALK = dg.AssetSelection.assets(["peloton", "removed_classes"])

library_job = dg.define_asset_job(
    "peloton_library",
    dg.AssetSelection.all() - FULL_WALK,
    description="The class library of some months, from the API to the published warehouse.",
)
tables_job = dg.define_asset_job(
    "peloton_tables",
    dg.AssetSelection.all()
    - FULL_WALK
    - CRAWLED
    - dg.AssetSelection.assets(
        ["peloton", "instructors"], ["peloton", "class_types"], ["peloton", "equipment"]
    ),
    description="Tables and warehouse from what is landed, without a request.",
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
