"""The sensors that launch what follows its inputs, and what follows members' workouts."""

from __future__ import annotations

import dagster as dg

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
