"""All typed tables again from the landing zone, without a request: so a new parser reaches old answers."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

from peloton_assets.search_tables import build_search_tables
from peloton_assets.staging import (
    BY_MONTH,
    merge_listings,
    merge_references,
    merge_workouts,
    stage_csv,
    stage_full_walks,
    stage_member_records,
    stage_months,
    stage_placeholders,
)
from peloton_assets.transform import (
    BATCH_MONTHS,
    LIBRARY_TABLES,
    MONTHLY_STAGING,
    MONTHLY_TABLES,
    PROVIDER,
    WORKOUT_TABLES,
    batched,
    build_months,
    build_whole,
    connect,
    inputs_of,
)
from resources.lake import Lake
from resources.landing import Landing

REBUILD_THREADS = 2


def rebuild(lake: Lake, landing: Landing) -> dict[str, int]:
    """Staging and typed tables from what was landed; give rows per table."""

    def stage_lists() -> None:
        with connect() as own:
            pages = landing.sealed(PROVIDER, "ride_archived")
            merge_listings(own, lake, pages, anew=True)  # what an older parser made of them must not win
            merge_references(own, lake, pages, "page", anew=True)
            for resource in ("instructors", "metadata_mappings"):
                merge_references(own, lake, landing.sealed(PROVIDER, resource), "answer")
            stage_full_walks(own, lake, landing)
            stage_member_records(own, lake, landing)
            answers = [*landing.sealed(PROVIDER, "user_workouts"), *landing.sealed(PROVIDER, "workout")]
            merge_workouts(own, lake, answers, anew=True)
            stage_placeholders(own, lake)
            stage_csv(own, lake, landing)

    def stage(resource_and_months: tuple[str, Sequence[str]]) -> None:
        with connect() as own:
            own.execute("SET threads = 1")  # the batches are what runs side by side
            stage_months(own, lake, landing, *resource_and_months)

    def build(tables_and_months: tuple[Sequence[str], Sequence[str]]) -> dict[str, dict[str, int]]:
        tables, months = tables_and_months
        with connect() as own:
            own.execute("SET threads = 1")
            return build_months(own, lake, months, tables)

    to_stage = [
        (resource, months)
        for resource in BY_MONTH
        for months in batched(landing.segments(PROVIDER, resource), BATCH_MONTHS)
    ]
    with ThreadPoolExecutor(REBUILD_THREADS) as threads:
        listed = threads.submit(stage_lists)
        list(threads.map(stage, to_stage))
        listed.result()
        to_build = [
            (tables, months)
            for tables in (LIBRARY_TABLES, WORKOUT_TABLES)
            for months in batched(months_of_inputs(lake, *tables), BATCH_MONTHS)
        ]
        built = list(threads.map(build, to_build))
    rows = dict.fromkeys(MONTHLY_TABLES, 0)
    for batch in built:
        for table, counts in batch.items():
            rows[table] += sum(counts.values())
    with connect() as connection:
        return rows | build_whole(connection, lake) | build_search_tables(connection, lake, anew=True)


def months_of_inputs(lake: Lake, *tables: str) -> list[str]:
    """All months of which there is something to build these tables of."""
    inputs = [table for table in inputs_of(*tables) if table in MONTHLY_STAGING]
    return sorted({month for table in inputs for month in lake.months(table)})
