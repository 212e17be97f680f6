"""Assets of the catalogue: lists of series, cars, classes and tracks as iRacing tells them, and their tables."""

from collections.abc import Iterator

import dagster as dg

from iracing_assets.documents import sync_documents
from iracing_assets.steps import FETCHED, build_tables, fetching
from iracing_assets.transform import column_types
from resources.dagster_automation import FOLLOW_INPUTS
from resources.dagster_tables import table_spec


def fetch(context: dg.AssetExecutionContext, *resources: str) -> dg.MaterializeResult:
    """Ask for some documents, and say what they changed."""
    with fetching(context) as step:
        sync_documents(step.work, resources, step.counts)
    return dg.MaterializeResult(metadata=step.metadata())


@dg.asset(**FETCHED, description="Series with an active season, and their pictures. Absence is no removal.")
def series_list(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return fetch(context, "series_get", "series_assets")


@dg.asset(**FETCHED, description="All classes of cars that race each other.")
def car_class_list(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return fetch(context, "carclass_get")


@dg.asset(**FETCHED, description="All cars, and their pictures.")
def car_list(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return fetch(context, "car_get", "car_assets")


@dg.asset(**FETCHED, description="All track layouts, and the layers of their maps.")
def track_list(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    return fetch(context, "track_get", "track_assets")


@dg.multi_asset(
    name="equipment",
    specs=[
        table_spec(
            "iracing.car_classes", column_types(), [car_class_list], automation_condition=FOLLOW_INPUTS
        ),
        table_spec("iracing.cars", column_types(), [car_list], automation_condition=FOLLOW_INPUTS),
        table_spec("iracing.tracks", column_types(), [track_list], automation_condition=FOLLOW_INPUTS),
    ],
    can_subset=True,
)
def equipment(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    yield from build_tables(context)
