"""The class list and its details as a dlt pipeline, written as dlt's documentation advises.

Runs in the peers' environment, not in ours: `python -P bench/dlt_library.py FOLDER [FIRST_SECOND LAST_SECOND]`.
What the documentation tells to do for such a provider:

- the declarative REST source, with the paginator that this list has;
- an incremental cursor; the list has no date filter and is newest first, so `row_order` ends the walk early, and a
  backfill has an `end_value`;
- `merge` by primary key, so that nothing is doubled;
- details as a dependent, parallelized resource; 404 is passed over; retries as they are by default;
- only what is needed is kept of a long answer, by a `map` step, else the pipeline makes 30 tables of it.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Any

import dlt
from dlt.sources.rest_api import rest_api_source


def needed(details: dict[str, Any]) -> dict[str, Any]:
    """What Paceline makes tables of, and no more."""
    playlist = details.get("playlist") or {}
    instructor = (details.get("ride") or {}).get("instructor") or {}
    return {
        "_rides_id": details["_rides_id"],
        "instructor": {name: instructor.get(name) for name in ("id", "name", "image_url")},
        "class_types": details.get("class_types"),
        "is_power_zone_class": details.get("is_power_zone_class"),
        "is_ftp_test": details.get("is_ftp_test"),
        "playlist_id": playlist.get("id"),
        "songs": playlist.get("songs"),
    }


def library(window: list[int]) -> Any:
    """The source; a window is a backfill from its first second to before its last."""
    cursor: dict[str, Any] = {
        "cursor_path": "scheduled_start_time",
        "initial_value": window[0] if window else 0,
        "row_order": "desc",
    }
    if window:
        cursor["end_value"] = window[1]
    return rest_api_source(
        {
            "client": {
                "base_url": os.environ["PELOTON_API_URL"] + "/",
                "headers": {"Peloton-Platform": "web"},
                "auth": {"type": "bearer", "token": os.environ["PELOTON_ACCESS_TOKEN"]},
            },
            "resource_defaults": {"write_disposition": "merge"},
            "resources": [
                {
                    "name": "rides",
                    "primary_key": "id",
                    "max_table_nesting": 0,
                    "endpoint": {
                        "path": "api/v2/ride/archived",
                        "params": {"limit": 100, "sort_by": "original_air_time", "desc": "true"},
                        "data_selector": "data",
                        "paginator": {
                            "type": "page_number",
                            "base_page": 0,
                            "total_path": None,
                            "has_more_path": "show_next",
                        },
                        "incremental": cursor,
                    },
                },
                {
                    "name": "ride_details",
                    "primary_key": "_rides_id",
                    "include_from_parent": ["id"],
                    "parallelized": True,
                    "max_table_nesting": 2,
                    "processing_steps": [{"map": needed}],
                    "endpoint": {
                        "path": "api/ride/{resources.rides.id}/details",
                        "data_selector": "$",
                        "paginator": "single_page",
                        "response_actions": [{"status_code": 404, "action": "ignore"}],
                    },
                },
            ],
        }
    )


def main() -> None:
    """Run the pipeline once."""
    folder, *window = sys.argv[1:]
    pipeline = dlt.pipeline(
        "library",
        destination=dlt.destinations.duckdb(str(Path(folder) / "library.duckdb")),
        dataset_name="peloton",
        pipelines_dir=str(Path(folder) / "pipelines"),
    )
    print(pipeline.run(library([int(second) for second in window])))


if __name__ == "__main__":
    main()
