"""What Dagster loads: the code location `iracing`."""

from __future__ import annotations

import warnings

import dagster as dg

# `backfill_policy` on assets is still marked beta in 1.13; the warning would greet every command.
warnings.filterwarnings("ignore", category=dg.BetaWarning)

from iracing_assets import catalogue, checks, events, seasons  # noqa: E402
from iracing_assets.alerts import look  # noqa: E402
from iracing_assets.operations import IRACING_OPERATIONS  # noqa: E402
from iracing_assets.schedules import JOBS, daily_refresh, follow_iracing  # noqa: E402
from resources.dagster_alerts import alerts_sensor  # noqa: E402
from resources.dagster_resources import Warehouse  # noqa: E402

defs = dg.Definitions(
    assets=[*dg.load_assets_from_modules([catalogue, seasons, events]), IRACING_OPERATIONS.asset],
    asset_checks=checks.definitions(),
    jobs=[*JOBS, IRACING_OPERATIONS.job],
    schedules=[daily_refresh, IRACING_OPERATIONS.schedule],
    sensors=[follow_iracing, alerts_sensor("iracing", look)],
    resources={"database": Warehouse.from_settings()},
    executor=dg.in_process_executor,  # one crawl, one process (docs/adr/0003)
)
