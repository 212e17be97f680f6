"""A backup put back: equal to the moment it was taken at, wherever the restore is killed; nothing is thrown away."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import pytest
from equal import content
from forks import fork
from points import BEFORE, Plan, Point, all_points, kill
from test_backup import backup
from victim import KILLED, Victim, a_library, grow

pytestmark = pytest.mark.promise("A8")
SITES = [
    point
    for point in all_points()
    if point.site.startswith("resources/restore.py")
    and point.phase == BEFORE
    and "mkdir" not in point.site
    and "_replace_shared_state" not in point.site  # only with STATE_URL: test_shared_state.py
]


def run_restore(name: str, plan: Plan | None) -> None:
    """In the forked process: `paceline restore NAME`."""
    import points

    from paceline.backup import restore

    points.arm(plan)
    restore(name, as_json=True)


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A data folder that went on after a backup of it."""
    folder = tmp_path_factory.mktemp("restored")
    with a_library() as sandbox:
        victim = Victim(folder / "data", sandbox)
        then = victim.finish()
        (folder / "data" / "backups").mkdir()
        code, out, err = backup(victim, folder / "data" / "backups" / "first", "--json")
        assert code == 0, err
        assert Path(json.loads(out)["folder"]).name == "first"
        grow(sandbox)
        now = victim.finish()
        assert then != now
        yield victim, then, now


@pytest.mark.parametrize(
    "site",
    [
        pytest.param(
            point,
            id=point.site.partition(" ")[2],
            marks=[] if "rename" in point.site else pytest.mark.tier("N"),
        )
        for point in SITES
    ],
)
@pytest.mark.tier("N")
def test_a_restore_killed_anywhere_is_finished_by_the_same_command(
    story: tuple[Victim, Any, Any], site: Point, tmp_path: Path
) -> None:
    victim, then, now = story
    path = tmp_path / "data"
    shutil.copytree(victim.path, path)
    for hit in (1, 2):
        code = restored(path, victim, Plan(site, hit, kill))
        assert code in (KILLED, 0)
        kept = [folder / "warehouse.duckdb" for folder in path.glob("before-restore-*")]
        there = [file for file in (path / "warehouse.duckdb", *kept) if file.exists()]
        assert there, "what was there is somewhere"
    assert restored(path, victim, None) == 0
    assert content(path / "warehouse.duckdb") == then
    aside = {json.dumps(content(file)) for file in path.glob("before-restore-*/warehouse.duckdb")}
    assert json.dumps(now) in aside
    assert (path / "state" / "tokens").exists(), "who is signed in stays so"
    assert not [*path.glob(".restoring-*")]


def restored(path: Path, victim: Victim, plan: Plan | None) -> int:
    env = victim.env | {"PACELINE_DATA_DIR": str(path)}
    process = fork(
        run_restore, "first", plan, env=env, cwd=path.parent,
        out=path.with_suffix(".out"), err=path.with_suffix(".err"),
    )  # fmt: skip
    process.join()
    return int(process.exitcode)
