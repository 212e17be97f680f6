"""What asset bodies share: a workspace for the step, a crawl recorded in ops.sync_runs, tables written and shown."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import dagster as dg

from iracing_assets.transform import build, connect
from iracing_assets.workspace import Workspace
from resources.dagster_runs import failures_in_words, recorded, reporters
from resources.dagster_tables import OWNERS, table_metadata, table_of
from resources.settings import load_settings
from resources.state import SyncCounts

FETCHED: dict[str, Any] = {
    "group_name": "iracing_fetched", "owners": OWNERS, "key_prefix": "iracing", "pool": "iracing_api",
    "kinds": {"api", "parquet"},
}  # fmt: skip


@dataclass
class Step:
    """A crawl step at work."""

    work: Workspace
    counts: SyncCounts

    def metadata(self) -> dict[str, Any]:
        """What it did, for the UI."""
        return vars(self.counts)


@contextmanager
def fetching(context: dg.AssetExecutionContext) -> Iterator[Step]:
    """Alone with the provider, recorded in ops.sync_runs, failures told in one sentence."""
    with failures_in_words(context):
        work = workspace(context)
        with recorded(context, work, context.asset_key.path[-1]) as counts:
            yield Step(work, counts)


def workspace(context: dg.AssetExecutionContext) -> Workspace:
    """The workspace of a step, reporting progress to its log now and then and to listeners always."""
    on_progress, on_wait = reporters(context)
    return Workspace(load_settings(), run_id=context.run.run_id, on_progress=on_progress, on_wait=on_wait)


def build_tables(context: dg.AssetExecutionContext) -> Iterator[dg.MaterializeResult]:
    """Write what differs of the tables that this step makes; show each."""
    tables = {key: table_of(key) for key in sorted(context.selected_asset_keys)}
    lake = workspace(context).lake
    with failures_in_words(context), connect() as connection:
        built = build(connection, lake, list(tables.values()))
    for key, table in tables.items():
        yield dg.MaterializeResult(key, metadata=table_metadata(lake, table, built[table]))
