"""Landed answers as rows for DuckDB, and which of them no staging table holds yet."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from pathlib import Path
from typing import Any

import duckdb

from resources.landing import Landing, require_whole
from resources.state import State

LARGEST_ANSWER_BYTES = 128 * 2**20
LANDED_COLUMNS = {
    "item": "VARCHAR",
    "url": "VARCHAR",
    "status": "INTEGER",
    "fetched_at": "TIMESTAMPTZ",
    "sha256": "VARCHAR",
    "payload": "JSON",
}


def show_landed(connection: duckdb.DuckDBPyConnection, files: Sequence[Path]) -> None:
    """Make landed files readable as the view `landed`. Raises StorageProblem when one is damaged."""
    require_whole(files)
    if files:
        names: Any = [str(path) for path in files]  # the stub knows one name only
        connection.read_json(
            names,
            format="newline_delimited",
            columns=LANDED_COLUMNS,
            maximum_object_size=LARGEST_ANSWER_BYTES,
            filename=True,
        ).create_view("landed", replace=True)
    else:
        kinds = LANDED_COLUMNS | {"filename": "VARCHAR"}
        columns = ", ".join(f"NULL::{kind} AS {name}" for name, kind in kinds.items())
        connection.execute(f"CREATE OR REPLACE VIEW landed AS SELECT {columns} LIMIT 0")


def unmerged(
    landing: Landing,
    state: State,
    source: str,
    resource: str,
    staged: Collection[str],
    by_month: bool = False,
) -> list[Path]:
    """Sealed files of a resource that are not merged into its staging table, of which these months exist.

    The lake may have been deleted, and a damaged file that was moved away may come back mended: both count anew.
    """
    sealed, merged = landing.sealed(source, resource), state.merged_files(source, resource)
    gone = merged - set(map(landed_name, sealed)) if staged else merged
    state.forget_merged(source, resource, gone)
    merged -= gone
    return [
        path
        for path in sealed
        if landed_name(path) not in merged or (by_month and path.parent.name not in staged)
    ]


def landed_name(path: Path) -> str:
    """By which a landed file is remembered as merged."""
    return f"{path.parent.name}/{path.name}"
