"""What `make demo CHAOS=1` adds: what went wrong while the demo was synced, and whether anything came of it.

The warehouse is compared with what the sandbox knows of its own library, class by class, which an
undisturbed demo equals too.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

from paceline.show import out, table
from resources.warehouse import open_warehouse
from sandbox.client import Sandbox

SCENARIO = "storm"
SQL = Path(__file__).with_name("sql")
FACTS = ("id", "title", "fitness_discipline", "duration", "original_air_time", "scheduled_start_time")

Facts = tuple[Any, ...]


def show_faults(sandbox: Sandbox) -> None:
    """What hit the sync, and how often."""
    hit = [fault for fault in sandbox.fault_state() if fault["fired"]]
    requests = sandbox.counters()["total"]
    table(["times", "fault"], [(fault["fired"], fault["note"]) for fault in hit], title="What went wrong")
    out.print(f"{sum(fault['fired'] for fault in hit)} faults in {len(hit)} forms, in {requests} requests.")


def compare(sandbox: Sandbox, warehouse: Path) -> bool:
    """Say whether the warehouse holds what the sandbox tells of its classes, no more and no less."""
    told = {row["id"]: _told(row) for row in sandbox.classes() if row["listed"]}
    with open_warehouse(warehouse) as connection:
        rows = connection.execute((SQL / "demo_classes.sql").read_text()).fetchall()
    stored = {row[0]: row for row in rows}
    missing, surplus = told.keys() - stored.keys(), stored.keys() - told.keys()
    other = [ride for ride in told.keys() & stored.keys() if told[ride] != stored[ride]]
    doubled = len(rows) - len(stored)
    same = not (missing or surplus or other or doubled)
    songs = sum(row[-1] or 0 for row in rows)
    out.print(
        f"Compared with what the sandbox knows of its library (title, discipline, length, times and number of songs"
        f" of each class): {len(told) - len(missing) - len(other)} of {len(told)} classes are equal, with {songs}"
        f" songs; {len(missing)} missing, {len(surplus)} too many, {doubled} doubled, {len(other)} different.",
        soft_wrap=True,
    )
    return same


def _told(row: dict[str, Any]) -> Facts:
    """A class as `demo_classes.sql` shows it; of a class that is not served no songs can be known."""
    return (*(row[name] for name in FACTS), row["songs"] if row["details_status"] == 200 else None)
