"""Assets of seasons: the active ones in one answer, chosen ones by id, past ones as a queue, and their tables."""

from collections.abc import Iterator

import dagster as dg
from pydantic import Field

from iracing_assets.catalogue import series_list
from iracing_assets.documents import sync_current_seasons, sync_seasons
from iracing_assets.partitions import MONTHS
from iracing_assets.past_seasons import PAST_LIMIT, sync_past_seasons
from iracing_assets.preview import column_lineage, staged_weeks
from iracing_assets.steps import FETCHED, fetching, workspace
from iracing_assets.transform import MONTHLY_TABLES, TABLES, build, column_types, connect
from resources.dagster_automation import FOLLOW_INPUTS
from resources.dagster_runs import failures_in_words
from resources.dagster_tables import report_months, table_metadata, table_of, table_spec


@dg.asset(
    **FETCHED, metadata=staged_weeks(), description="All active seasons with their schedules: one answer of some MB."
)  # fmt: skip
def current_seasons(context: dg.AssetExecutionContext) -> dg.MaterializeResult:
    with fetching(context) as step:
        sync_current_seasons(step.work, step.counts)
    return dg.MaterializeResult(metadata=step.metadata())


class ChosenSeasons(dg.Config):
    """Which seasons to ask for."""

    season_ids: list[int] = Field(
        default=[], description="Ids of seasons, running or past, such as [5935]. None: nothing is asked."
    )


@dg.asset(
    **FETCHED, metadata=staged_weeks(), description="Schedules of the seasons that a person names, running or past."
)  # fmt: skip
def chosen_seasons(context: dg.AssetExecutionContext, config: ChosenSeasons) -> dg.MaterializeResult:
    with fetching(context) as step:
        sync_seasons(step.work, config.season_ids, step.counts)
    return dg.MaterializeResult(metadata=step.metadata())


class PastSeasons(dg.Config):
    """Whose past seasons to ask for, and how many answers at most."""

    series_ids: list[int] = Field(
        default=[], description="Ids of series, such as [139]. None: all series that are known."
    )
    limit: int = Field(
        default=PAST_LIMIT, description="At most so many answers; launch again for the rest. 0 for no bound."
    )
    refresh: bool = Field(default=False, description="Ask again which seasons the named series had.")


@dg.asset(
    **FETCHED, deps=[series_list], metadata=staged_weeks(),
    description="Seasons there were, and their schedules: thousands of answers, started by a person, with a bound.",
)  # fmt: skip
def past_seasons(context: dg.AssetExecutionContext, config: PastSeasons) -> dg.MaterializeResult:
    with fetching(context) as step:
        result = sync_past_seasons(
            step.work, config.series_ids, config.limit or None, config.refresh, step.counts
        )
    return dg.MaterializeResult(metadata={**step.metadata(), "left for the next launch": result.left})


@dg.multi_asset(
    name="schedules",
    specs=[
        table_spec(
            f"iracing.{name}", column_types(), [series_list, current_seasons, chosen_seasons, past_seasons],
            automation_condition=FOLLOW_INPUTS,
        )
        for name in ("series", "seasons", "past_weeks", "schedule_changes")
    ],
)  # fmt: skip
def schedules(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """A season with its weeks is one step: the months of `events` that changed are written here too."""
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        built = build(connection, lake, TABLES)
    report_months(context, MONTHS, built, MONTHLY_TABLES, column_lineage)
    for key in sorted(context.selected_asset_keys):
        table = table_of(key)
        told = {**table_metadata(lake, table, built[table]), **column_lineage(table)}
        yield dg.MaterializeResult(key, metadata=told)
