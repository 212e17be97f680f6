"""What Dagster loads: the code location `peloton`."""

from __future__ import annotations

import warnings

import dagster as dg

# `backfill_policy` on assets is still marked beta in 1.13; the warning would greet every command.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from peloton_assets import checks, library, row_checks, songs, workouts  # noqa: E402
from peloton_assets.alerts import look  # noqa: E402
from peloton_assets.automation import follow_inputs, follow_workouts  # noqa: E402
from peloton_assets.operations import PELOTON_OPERATIONS, machine  # noqa: E402
from peloton_assets.schedules import (  # noqa: E402
    daily_current_month,
    full_walk_job,
    library_job,
    new_classes,
    tables_job,
    unfinished_workouts,
    weekly_full_walk,
    workout_items_job,
    workout_list_job,
    workouts_hourly,
)
from resources.dagster_alerts import alerts_sensor  # noqa: E402
from resources.dagster_backup import backup_job, weekly_backup  # noqa: E402
from resources.dagster_resources import Warehouse  # noqa: E402

defs = dg.Definitions(
    assets=[*dg.load_assets_from_modules([library, songs, workouts]), PELOTON_OPERATIONS.asset, machine],
    asset_checks=[
        *row_checks.definitions(),
        checks.coverage_complete,
        checks.counts_explained,
        checks.list_is_fresh,
        checks.clock_was_right,
        checks.no_drift,
        checks.tables_are_current,
        checks.every_account_synced,
    ],
    jobs=[
        library_job,
        tables_job,
        full_walk_job,
        workout_list_job,
        workout_items_job,
        backup_job,
        PELOTON_OPERATIONS.job,
    ],
    schedules=[
        daily_current_month,
        weekly_full_walk,
        workouts_hourly,
        weekly_backup,
        PELOTON_OPERATIONS.schedule,
    ],
    sensors=[
        new_classes,
        unfinished_workouts,
        follow_inputs,
        follow_workouts,
        alerts_sensor("peloton", look),
    ],
    resources={"database": Warehouse.from_settings()},
    # Steps share one process: a range of months is one crawl, and starting a process per step costs 2.5 times
    # the CPU (docs/adr/0003).
    executor=dg.in_process_executor,
)
