"""What Dagster loads: the code location `strava`."""

from __future__ import annotations

import warnings

import dagster as dg

# `backfill_policy` on assets is still marked beta in 1.13; the warning would greet every command.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from resources.dagster_alerts import alerts_sensor  # noqa: E402
from resources.dagster_resources import Warehouse  # noqa: E402
from strava_assets import activities, checks  # noqa: E402
from strava_assets.alerts import look  # noqa: E402
from strava_assets.operations import STRAVA_OPERATIONS  # noqa: E402
from strava_assets.schedules import JOBS, background_sync, follow_strava, webhook_events  # noqa: E402

defs = dg.Definitions(
    assets=[*dg.load_assets_from_modules([activities]), STRAVA_OPERATIONS.asset],
    asset_checks=checks.definitions(),
    jobs=[*JOBS, STRAVA_OPERATIONS.job],
    schedules=[STRAVA_OPERATIONS.schedule],
    sensors=[background_sync, webhook_events, follow_strava, alerts_sensor("strava", look)],
    resources={"database": Warehouse.from_settings()},
    executor=dg.in_process_executor,  # one crawl, one process (docs/adr/0003)
)
