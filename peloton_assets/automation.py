"""When tables follow their inputs by themselves, and the sensor that carries it out."""

from __future__ import annotations

import dagster as dg

# Like `eager`, but for every month that changed, not only the latest, and as soon as the first month is there.
FOLLOW_INPUTS = (
    dg.AutomationCondition.eager()
    .without(dg.AutomationCondition.in_latest_time_window())
    .without(~dg.AutomationCondition.any_deps_missing())
    .with_label("follows its inputs")
)

# For tables made of many: wait until nothing above is about to run. Otherwise the warehouse would be built beside
# its inputs, and their update, arriving at the tick after the request, would count as handled.
FOLLOW_SETTLED_INPUTS = (
    FOLLOW_INPUTS & ~dg.AutomationCondition.any_deps_match(dg.AutomationCondition.will_be_requested())
).with_label("follows its inputs when they are settled")

# What asks a provider item by item. Its steps stop by themselves long before; a hung one is ended by Dagster's monitor.
HARD_LIMIT = {"dagster/max_runtime": "3600"}
ITEMS = dg.AssetSelection.assets(["peloton", "workout_classes"], ["peloton", "performance_graphs"])

follow_inputs = dg.AutomationConditionSensorDefinition(
    "follow_inputs",
    target=dg.AssetSelection.all() - ITEMS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    description="Launches tables whose inputs changed.",
)

follow_workouts = dg.AutomationConditionSensorDefinition(
    "follow_workouts",
    target=ITEMS,
    default_status=dg.DefaultSensorStatus.RUNNING,
    minimum_interval_seconds=30,
    run_tags=HARD_LIMIT,
    description="Fetches classes and performance graphs when new workouts were listed.",
)
