"""Backups that are superseded go, oldest first, and nothing else does; killed anywhere, the next one ends it."""

from __future__ import annotations

import os
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from forks import fork
from points import BEFORE, Plan, all_points, kill
from publishing import published
from victim import KILLED

from resources.dagster_backup import BackupOptions, backup_job, weekly_backup
from resources.landing import LEFT_OUT
from resources.restore import looked_at
from resources.retention import NAME_FORMAT, prune
from resources.settings import load_settings

pytestmark = pytest.mark.promise("A8")
NAMES = [f"2026-11-0{day}T010000Z" for day in range(1, 7)]
POINTS = [
    point
    for point in all_points()
    if point.site.startswith("resources/retention.py") and point.phase == BEFORE
]


@pytest.fixture
def backups(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Six whole backups, two without landing, and everything that must stay."""
    monkeypatch.setenv("PACELINE_DATA_DIR", str(folder))
    whole, backups = published(folder), folder / "backups"

    def plant(name: str, *files: str, opens: bool = True) -> None:
        (backups / name).mkdir(parents=True)
        if opens:
            shutil.copyfile(whole, backups / name / "warehouse.duckdb")
        for file in files:
            (backups / name / file).write_text("mine")

    for name in NAMES:
        plant(name)
    for name in ("2026-10-01T010000Z", "2026-10-02T010000Z"):
        plant(name, LEFT_OUT)
    plant("before-the-move")
    plant("2026-10-03T010000Z", "warehouse.duckdb", opens=False)
    plant("2026-10-04")
    plant(f".{NAMES[0]}.unfinished", "half", opens=False)
    plant(f".{datetime.now(UTC).strftime(NAME_FORMAT)}.unfinished", "written right now", opens=False)
    (backups / "2026-10-05T010000Z").write_text("a file")
    return backups


def names(backups: Path) -> set[str]:
    return {path.name for path in backups.iterdir()}


def test_only_what_is_superseded_goes(backups: Path) -> None:
    before, settings = names(backups), load_settings()
    newest = looked_at(backups / NAMES[-1])
    assert prune(settings, newest, 9) == []
    assert before - names(backups) == {f".{NAMES[0]}.unfinished"}, "older than a day, so nobody writes it"
    removed = prune(settings, newest, 4)
    assert [each.name for each in removed] == [NAMES[1], NAMES[0]]
    assert before - names(backups) == {f".{NAMES[0]}.unfinished", *NAMES[:2]}
    prune(settings, looked_at(backups / "2026-10-02T010000Z"), 1)
    assert before - names(backups) == {f".{NAMES[0]}.unfinished", *NAMES[:2], "2026-10-01T010000Z"}


def run_prune(newest: str, plan: Plan | None) -> None:
    """In the forked process."""
    import points

    settings = load_settings()
    points.arm(plan)
    prune(settings, looked_at(settings.data_dir / "backups" / newest), 2)


@pytest.mark.parametrize("point", POINTS, ids=lambda point: point.site.partition(" ")[2])
def test_killed_while_it_removes_it_leaves_whole_backups_and_the_next_one_ends_it(
    backups: Path, point: object, tmp_path: Path
) -> None:
    def pruned(plan: Plan | None) -> int:
        said = tmp_path / "said"
        process = fork(run_prune, NAMES[-1], plan, env=os.environ, cwd=tmp_path, out=said, err=said)
        process.join()
        return int(process.exitcode)

    assert pruned(Plan(point, 2, kill)) == KILLED  # type: ignore[arg-type]
    for name in NAMES:
        assert not (backups / name).exists() or not looked_at(backups / name).problem
    assert pruned(None) == 0
    assert {name for name in names(backups) if "T010000Z" in name and "-11-" in name} == {*NAMES[-2:]}


def test_the_job_is_there_with_defaults_that_work_and_its_schedule_is_off(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    assert weekly_backup.default_status.value == "STOPPED"
    assert weekly_backup.job_name == backup_job.name == "backup"
    config = backup_job.run_config or {}
    assert BackupOptions(**config["ops"]["copy_and_open"]["config"]) == BackupOptions()
    monkeypatch.delenv("BACKUP_KEEP", raising=False)
    assert load_settings().backup_keep == 4


@pytest.mark.tier("N")
def test_the_job_makes_a_backup_that_opens_and_removes_the_oldest(
    backups: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("BACKUP_KEEP", "2")
    before = names(backups)
    ended = backup_job.execute_in_process(
        run_config={"ops": {"copy_and_open": {"config": {"landing": True}}}}
    )
    (made,) = names(backups) - before
    assert datetime.now(UTC) - datetime.strptime(made, NAME_FORMAT).replace(tzinfo=UTC) < timedelta(hours=1)
    assert not looked_at(backups / made).problem
    assert {name for name in names(backups) if name in NAMES} == {NAMES[-1]}
    (told,) = [event.step_output_data.metadata for event in ended.all_events if event.is_successful_output]
    assert told["to restore"].value == f"paceline restore {made}"


@pytest.mark.tier("N")
def test_a_backup_that_fails_removes_nothing(backups: Path) -> None:
    before = names(backups)
    shutil.rmtree(backups.parent / "landing")
    ended = backup_job.execute_in_process(raise_on_error=False)
    assert not ended.success
    (failure,) = [event.step_failure_data for event in ended.all_events if event.is_step_failure]
    assert "There is nothing to back up" in str(failure.user_failure_data.description)
    assert names(backups) == before
