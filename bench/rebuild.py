"""How fast all typed tables are built from the landing zone, next to merely reading the same answers.

    .venv/bin/python -m bench.rebuild [--classes 12000 48000]

The answers are made by the sandbox's own code and landed without HTTP. `json.loads` alone over the same lines in the
same process is a floor that moves with the machine: `times json.loads` is the CPU of all tables beside the CPU of that,
and hardly depends on what else runs. A part of the work is the same for any library and a part for any month, so a
large library is rebuilt at a higher rate; the real one has some 60,000 classes.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

from bench.tables import show
from peloton_assets.rebuild import rebuild
from peloton_assets.transform import batched
from resources.lake import Lake
from resources.landing import Landing, read_lines
from resources.state import State
from resources.warehouse import publish
from sandbox.peloton.api import Peloton

UNTIL = date(2026, 11, 20)
PAGE_ROWS = 100


@dataclass(frozen=True)
class Made:
    """An answer that was never asked for."""

    text: str
    url: str = "bench"
    status: int = 200
    fetched_at: datetime = datetime(2026, 11, 21, tzinfo=UTC)


class Timer:
    """Wall and CPU time of a block."""

    def __enter__(self) -> Timer:
        self._began = time.perf_counter(), time.process_time()
        return self

    def __exit__(self, *_: object) -> None:
        wall, cpu = self._began
        self.seconds, self.cpu_seconds = time.perf_counter() - wall, time.process_time() - cpu


def land(landing: Landing, classes: int) -> int:
    """Land details and list pages of a sandbox library; give the number of classes."""
    provider = Peloton(classes, seed=7, until=UNTIL, access_token_seconds=1)
    library = sorted(provider.library.by_id.values(), key=lambda each: each.air_time_s)
    months: dict[str, list[Any]] = {}
    for each in library:
        months.setdefault(f"{datetime.fromtimestamp(each.air_time_s, UTC):%Y-%m}", []).append(each)
    for month, members in months.items():
        with landing.writer("peloton", "ride_details", month) as writer:
            for each in members:
                writer.write(Made(json.dumps(provider.payloads.details(each))), each.id)
        with landing.writer("peloton", "ride_archived", "2026-11-21") as writer:
            for page in batched(members, PAGE_ROWS):
                rows = [provider.payloads.list_row(each) for each in page]
                writer.write(Made(json.dumps({"data": rows, "total": len(library)})), "all")
    return len(library)


def measure(wanted: int) -> dict[str, str]:
    """Land a library, rebuild it, and give the figures by column."""
    with tempfile.TemporaryDirectory() as folder:
        landing, lake = Landing(Path(folder) / "landing"), Lake(Path(folder) / "lake")
        classes = land(landing, wanted)
        files = [
            path for kind in ("ride_details", "ride_archived") for path in landing.sealed("peloton", kind)
        ]
        with Timer() as floor:
            for path in files:
                for line in read_lines(path):
                    json.loads(line)
        with Timer() as tables:
            rows = rebuild(lake, landing)
        with Timer() as swap:
            publish(Path(folder) / "warehouse.duckdb", lake, State(Path(folder) / "state"))
    return {
        "classes": f"{classes}",
        "songs": f"{rows['peloton.songs']}",
        "tables s": f"{tables.seconds:.2f}",
        "classes/s": f"{classes / tables.seconds:.0f}",
        "CPU s": f"{tables.cpu_seconds:.2f}",
        "json.loads CPU s": f"{floor.cpu_seconds:.2f}",
        "times json.loads": f"{tables.cpu_seconds / floor.cpu_seconds:.1f}",
        "publish s": f"{swap.seconds:.2f}",
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--classes", type=int, nargs="+", default=[12_000, 48_000])
    measured = [measure(wanted) for wanted in parser.parse_args().classes]
    show(list(measured[0]), [list(each.values()) for each in measured])
    print("goal: at least 5,000 classes a second on two idle cores, no request")


if __name__ == "__main__":
    main()
