"""kill -9 just before and just after every call of the code that changes a disk.

The runs of a chain go on in one data folder, each killed at another point while the library grows: so every
run also recovers from the kill before it. At the end the result is that of one undisturbed sync.
"""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from points import Plan, Point, all_points, kill
from power import cut
from victim import (
    KILLED,
    ONLY_THE_COMMAND,
    Victim,
    a_library,
    grow,
    run_rebuild,
    run_sync,
    run_sync_until_power_fails,
    undisturbed,
)

pytestmark = pytest.mark.promise("A2", "A3")
Function = Callable[..., None]
Stop = tuple[Function, Plan]
CHAIN = 40  # kills in one data folder
# One class fails, one call is refused, one field is news: their places in the code are reached too.
TROUBLE: tuple[dict[str, object], ...] = (
    {"kind": "status", "status": 400, "endpoint": "details", "at_request": 1, "times": 1},
    {"kind": "status", "status": 429, "endpoint": "details", "at_request": 2, "times": 1},
)
A_MIGRATION = "only once for each file: test_migrations.py"
# Reached or not as the machine is busy or idle: a run that is to be killed there may come by or not.
BY_CHANCE = {
    "resources/limit_ledger.py FileLedger.sent: db.commit": "when a call was late",
    "resources/limit_ledger.py FileLedger.sent: db.execute": "when a call was late",
    "resources/limit_ledger.py FileLedger.take: bucket.flush": "when the machine was started anew",
    "resources/limit_ledger.py FileLedger.take: bucket.leak": "every hundredth call sweeps old rows out",
}
NOT_KILLED = {
    **BY_CHANCE,
    **dict.fromkeys(ONLY_THE_COMMAND, "test_kill_a_command.py"),
    **{
        f"resources/backup.py {call}": "a copy that nothing depends on before it is renamed"
        for call in (
            "_copy_landing: copy.parent.mkdir",
            "_copy_landing: copy.parent.mkdir #2",
            "_copy_landing: copy.with_name(copy.name.removesuffix(SEALED) + PART).unlink",
            "_copy_landing: copy.write_bytes",
            "_copy_landing: shutil.copyfile",
            "_copy_tables: (copy.data_dir / LEFT_OUT).write_text",
            "_copy_tables: target.parent.mkdir",
            "copied: fsync_file",
            "copied: os.sync",
            "copied: shutil.rmtree",
            "copied: unfinished.mkdir",
            "copied: unfinished.rename",
        )
    },
    **{
        point.site: "only several hosts: test_hosts_killed.py"
        for point in all_points()
        if point.site.startswith("resources/object_")
    },
    **{
        point.site: "test_restore.py"
        for point in all_points()
        if point.site.startswith("resources/restore.py")
    },
    "resources/retention.py prune: each.folder.rename": "test_retention.py",
    "resources/retention.py prune: shutil.rmtree": "test_retention.py",
    "paceline/calendar_file.py write_calendar: temporary.write_bytes": "beside the file, which is renamed when whole",
    "resources/state.py State.set_note: connection.execute": "one statement; nothing that is stored depends on it",
    "paceline/exports.py write: relation.write_parquet": "beside the file, which is renamed when whole",
    "paceline/sealed.py _second_name: shutil.copyfile": "a copy for one question, where links are not possible",
    "paceline/demo.py main: shutil.rmtree": "throws away the demo's own folder",
    "resources/files.py replacing: temporary.unlink": "there is no leftover of the same process",
    "resources/files.py replacing: temporary.unlink #2": "there is nothing to remove after a success",
    **{
        point.site: "only Strava's sync erases: test_provider_stops.py"
        for point in all_points()
        if point.site.startswith("resources/landing.py Landing.erase: ")
    },
    **{
        point.site: "only Strava's windows, each change in one transaction: test_provider_stops.py"
        for point in all_points()
        if point.site.startswith("resources/window_shelves.py")
    },
    "resources/landing.py SegmentWriter.write_all: file.truncate": "after a failed write: test_disk_fails.py",
    "resources/migrations.py migrate: connection.commit": A_MIGRATION,
    "resources/migrations.py migrate: connection.execute": A_MIGRATION,
    "resources/migrations.py migrate: connection.execute #2": A_MIGRATION,
    "resources/migrations.py migrate: connection.execute #3": A_MIGRATION,
    **{
        point.site: "into a copy that nothing depends on before it is renamed"
        for point in all_points()
        if point.site.startswith("resources/state.py State.copy_from: ")
    },
    "resources/sqlite_files.py SqliteDatabase.snapshot: connection.execute": "it only reads",
    "resources/sqlite_files.py write_ahead: connection.execute #2": A_MIGRATION,
    "resources/token_table.py TokenTable._write: session.execute": "several hosts: test_shared_state.py",
    "resources/tokens.py _repair_mode: path.chmod": "when somebody opened the token file to others",
    "resources/warehouse.py open_warehouse: connection.execute": "a setting of a read-only connection",
    "resources/warehouse.py publish: target.with_name(target.name + '.wal').unlink": "there is none to remove",
}


def trouble(number: int) -> tuple[dict[str, object], ...]:
    news = {"kind": "field", "endpoint": "archived", "path": f"news_{number}", "op": "set", "value": 1}
    return (*TROUBLE, news)


@pytest.fixture(scope="module")
def reached(tmp_path_factory: pytest.TempPathFactory) -> dict[Function, Counter[Point]]:
    """How often a sync, and a rebuild, come by each point, at the least, when they go on in a folder."""
    found: dict[Function, list[Counter[Point]]] = {run_sync: [], run_rebuild: []}
    with a_library() as sandbox:
        victim = Victim(tmp_path_factory.mktemp("reached") / "data", sandbox)
        for number in range(3):
            grow(sandbox)
            sandbox.faults(*trouble(number))
            for function in found:
                plant_leftover(victim)
                assert victim.run(function=function) == 0, victim.said()
                found[function].append(victim.hits())
    return {
        function: Counter(
            {point: n for point, n in (hits[1] & hits[2]).items() if point.site not in BY_CHANCE}
        )
        for function, hits in found.items()
    }


def plant_leftover(victim: Victim) -> None:
    """What a publish that was killed leaves behind."""
    victim.path.mkdir(parents=True, exist_ok=True)
    victim.warehouse.with_name(".warehouse.duckdb.1.tmp").touch()


def test_every_point_of_the_code_is_killed_or_has_a_reason(reached: dict[Function, Counter[Point]]) -> None:
    known = set().union(*reached.values())
    assert {point.site for point in set(all_points()) - known} <= set(NOT_KILLED)
    assert set(NOT_KILLED) <= {point.site for point in all_points()}, "reasons for points that are gone"


def test_kills_at_every_point_leave_nothing_lost_or_doubled(
    reached: dict[Function, Counter[Point]],
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    times = size(P=1, N=5)
    runs = moments(reached[run_sync], run_sync, kill, times, draw)
    rebuild_only = Counter(
        {point: n for point, n in reached[run_rebuild].items() if point not in reached[run_sync]}
    )
    runs += moments(rebuild_only, run_rebuild, kill, times, draw)
    draw.shuffle(runs)
    points = len(runs) // times
    del runs[size(P=5, N=len(runs)) :]  # with every change some of them, since each costs a second
    stop_at_each(runs, tmp_path)
    figure(f"{len(runs)} kills at {points} points found in the code, all recovered and equal")


@pytest.mark.tier("N")
def test_power_cuts_lose_nothing_that_was_acknowledged(
    reached: dict[Function, Counter[Point]],
    draw: random.Random,
    size: Callable[..., int],
    figure: Callable[[str], None],
    tmp_path: Path,
) -> None:
    """After each cut all that was written and not forced to the disk is gone, see power.py."""
    runs = moments(reached[run_sync], run_sync_until_power_fails, cut, 1, draw)
    draw.shuffle(runs)
    del runs[size(P=2, N=len(runs)) :]
    stop_at_each(runs, tmp_path)
    figure(f"{len(runs)} power cuts, all recovered and equal")


def moments(
    points: Counter[Point], function: Function, act: Callable[[Point], None], times: int, draw: random.Random
) -> list[Stop]:
    return [
        (function, Plan(point, draw.randint(1, count), act))
        for point, count in sorted(points.items())
        for _ in range(times)
    ]


def stop_at_each(runs: list[Stop], folder: Path) -> None:
    """Chains of stopped runs; at the end of each one the content is that of an undisturbed sync."""
    for start in range(0, len(runs), CHAIN):
        with a_library() as sandbox:
            victim = Victim(folder / f"{start}" / "data", sandbox)
            victim.finish()
            for number, (function, plan) in enumerate(runs[start : start + CHAIN]):
                code = 0
                for stop in (plan, replace(plan, hit=1)):  # there may be less to do than when it was counted
                    if code == 0:
                        grow(sandbox)
                        sandbox.faults(*trouble(start + number))
                        plant_leftover(victim)
                        code = victim.run(stop, function)
                assert code == KILLED, f"{plan} was not reached: {code} {victim.said()}"
                victim.require_unharmed()
            found = victim.finish()
            victim.require_unharmed()
            assert found == undisturbed(folder / f"{start}" / "again" / "data", sandbox)
