"""How large the parts of the data folder are, how fast they grow, and when the disk is full.

A measure a day is kept in the state file, so that growth can be told. Surprising: growth is what came between two
measures, not a trend: the first load of a library is no rule for the days after it, so the last days count.
"""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path

from resources.settings import Settings
from resources.state import State, utc_text

KEPT_DAYS = 400
ROOMS = ("landing", "lake", "warehouse", "backups", "state", "dagster")
USED, FREE = "disk used", "disk free"
WEEK, MONTH = 7, 30


@dataclass(frozen=True)
class Size:
    """Bytes on the disk of one part, and in how many files."""

    bytes: int
    files: int | None


def measure(settings: Settings) -> dict[str, Size]:
    """All parts of the data folder, and its disk."""
    dagster = settings.dagster_home
    rooms = {
        "landing": _folder(settings.landing_dir),
        "lake": _folder(settings.lake_dir),
        "warehouse": _file(settings.warehouse_file),
        "backups": _folder(settings.data_dir / "backups"),
        "state": _folder(settings.state_dir, without=dagster),
        "dagster": _folder(dagster),
    }
    folder = next(path for path in (settings.data_dir, *settings.data_dir.parents) if path.exists())
    disk = shutil.disk_usage(folder)
    return {**rooms, USED: Size(disk.used, None), FREE: Size(disk.free, None)}


def record_sizes(state: State, sizes: Mapping[str, Size], now: datetime) -> None:
    """Remember this as the measure of the day, and forget those of long ago."""
    rows = [
        {"room": room, "bytes": size.bytes, "files": size.files, "measured_at": utc_text(now)}
        for room, size in sizes.items()
    ]
    state.replace_rows("sizes", rows, day=f"{now:%Y-%m-%d}")
    state.forget_days("sizes", f"{now - timedelta(days=KEPT_DAYS):%Y-%m-%d}")


def remembered(state: State) -> dict[str, dict[date, int]]:
    """Bytes by part and day."""
    found: dict[str, dict[date, int]] = {}
    for row in state.rows("SELECT day, room, bytes FROM sizes ORDER BY day"):
        found.setdefault(row["room"], {})[date.fromisoformat(row["day"])] = row["bytes"]
    return found


def growth(by_day: Mapping[date, int], today: date, days: int) -> int | None:
    """Bytes that came in the last `days` days; None without a measure of then, or of shortly before."""
    before = today - timedelta(days=days)
    known = [day for day in by_day if before - timedelta(days=days) <= day <= before]
    if not known or today not in by_day:
        return None
    return by_day[today] - by_day[max(known)]


def full_on(sizes: Mapping[str, Mapping[date, int]], today: date) -> date | None:
    """The day on which the disk is full if the data folder goes on as in the last month, or else the last week."""
    free = sizes.get(FREE, {}).get(today)
    for days in (MONTH, WEEK):
        grown = [growth(sizes.get(room, {}), today, days) for room in ROOMS]
        if free is not None and any(one is not None for one in grown):
            a_day = sum(one or 0 for one in grown) / days
            days_left = free / a_day if a_day > 0 else None
            is_far = days_left is None or days_left > (date.max - today).days
            return None if days_left is None or is_far else today + timedelta(days=int(days_left))
    return None


def _folder(folder: Path, without: Path | None = None) -> Size:
    count = total = 0
    for path, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if Path(path, name) != without]
        for name in files:
            size = _file(Path(path, name))
            count, total = count + (size.files or 0), total + size.bytes
    return Size(total, count)


def _file(path: Path) -> Size:
    try:
        told = path.lstat()
    except OSError:  # gone meanwhile, or never there
        return Size(0, 0)
    # A sparse or compressed file takes less, a tiny one more than it holds.
    return Size(told.st_blocks * 512, 1)
