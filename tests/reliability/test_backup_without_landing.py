"""A backup without the landing zone: the answers that are here stay, so nothing is lost, doubled or asked again."""

from __future__ import annotations

import json
import random
import shutil
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from equal import content
from forks import ForkedCommand
from test_backup import backup
from victim import Victim, a_library, grow, landed_items, undisturbed

from resources.landing import LEFT_OUT
from sandbox.client import Sandbox

pytestmark = pytest.mark.promise("A8")


def command(victim: Victim, *arguments: str, data_dir: Path | None = None) -> tuple[int | None, str, str]:
    """Exit code, output and error output of `paceline ARGUMENTS`."""
    env = victim.env | {"PACELINE_DATA_DIR": str(data_dir or victim.path)}
    started = ForkedCommand(arguments, env, victim.path.parent)
    out, err = started.communicate()
    return started.returncode, out, err


def files_below(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


@pytest.mark.tier("N")
def test_restored_it_goes_on_with_what_was_landed_since_and_fits_nowhere_else(tmp_path: Path) -> None:
    with a_library() as sandbox:
        victim = Victim(tmp_path / "data", sandbox)
        then = victim.finish()
        (victim.path / "backups").mkdir()
        code, out, err = backup(victim, victim.path / "backups" / "small", "--json", "--without-landing")
        assert (code, json.loads(out)["landing"]) == (0, False), err
        small = victim.path / "backups" / "small"
        assert content(small / "warehouse.duckdb") == then
        assert not (small / "landing").exists() and not (small / "state" / "tokens").exists()

        before = files_below(small)
        code, _, err = command(victim, "rebuild", data_dir=small)
        assert code == 1 and "without its landing zone: it can be read, not synced" in err
        code, out, _ = command(
            victim, "sql", "SELECT count(*) AS n FROM peloton.rides", "--json", data_dir=small
        )
        assert (code, json.loads(out)) == (0, [{"n": then["peloton.rides"][0]}])
        kept = {name: held for name, held in files_below(small).items() if not name.startswith("state/")}
        assert kept == {name: held for name, held in before.items() if not name.startswith("state/")}

        grow(sandbox)
        now = victim.finish()
        landed = landed_items(victim.path)
        listed = json.loads(command(victim, "backups", "--json")[1])
        assert [(each["name"], each["landing"], each["problem"]) for each in listed] == [("small", False, "")]
        code, out, err = command(victim, "restore", "small")
        assert code == 0, err
        assert "The landing zone stayed as it was" in out
        assert content(victim.warehouse) == then
        assert landed_items(victim.path) == landed
        assert not (victim.path / LEFT_OUT).exists()
        grow(sandbox)
        after = victim.finish()
        assert after == undisturbed(tmp_path / "undisturbed" / "data", sandbox)
        assert now["peloton.playlists"][0] < after["peloton.playlists"][0]
        victim.require_unharmed()

        elsewhere = tmp_path / "elsewhere"
        shutil.copytree(victim.path, elsewhere, ignore=shutil.ignore_patterns("ride_details", "tokens"))
        untouched = files_below(elsewhere)
        code, _, err = command(victim, "restore", "small", data_dir=elsewhere)
        assert code == 2
        assert (
            "of the" in err
            and "landed files that it was made of are not in" in err
            and "Nothing was changed" in err
        )
        changed = {name for name, held in files_below(elsewhere).items() if untouched.get(name) != held}
        assert changed <= {name for name in changed if name.endswith(".lock")}


@pytest.mark.tier("N")
def test_taken_in_the_middle_of_a_sync_it_is_a_moment_from_which_a_sync_goes_on(
    draw: random.Random, size: Callable[..., int], figure: Callable[[str], None], tmp_path: Path
) -> None:
    backups = size(N=8, R=30)
    with a_library() as sandbox:
        victim = Victim(tmp_path / "data", sandbox)
        victim.finish()
        (victim.path / "backups").mkdir()
        for number in range(backups):
            grow(sandbox)
            syncing = victim.start()
            time.sleep(draw.uniform(0, 1.0))  # anywhere in the sync
            name = f"small {number}"
            code, _, err = backup(victim, victim.path / "backups" / name, "--without-landing")
            assert code == 0, err
            victim.end(syncing)
            expected = victim.finish()
            code, _, err = command(victim, "restore", name)
            assert code == 0, err
            assert victim.finish() == expected
            victim.require_unharmed()
        assert expected == undisturbed(tmp_path / "undisturbed" / "data", sandbox)
    figure(
        f"{backups} backups without landing in the middle of a sync, each restored, went on and ended equal"
    )


@pytest.mark.tier("N")
def test_all_three_providers_go_on_after_it_and_ask_for_nothing_again(tmp_path: Path) -> None:
    with Sandbox(
        rate=0, classes=40, workouts=4, until="2019-05-31", iracing_series=4, strava_activities=20
    ) as sandbox:
        sandbox.settings(iracing_per_minute=0)
        victim = Victim(tmp_path / "data", sandbox)
        more = {"IRACING_REQUESTS_PER_MINUTE": "9999", "STRAVA_REQUESTS_PER_15MIN": "9000"}

        def sync(*words: str) -> dict[str, int]:
            started = ForkedCommand(("sync", *words, "--json"), victim.env | more, victim.path.parent)
            out, err = started.communicate()
            assert started.returncode == 0, err
            facts: dict[str, int] = json.loads(out)
            return facts

        def everything() -> list[int]:
            return [
                sync(*words)["requests"]
                for words in (("peloton", "--year", "2019"), ("iracing",), ("strava",), ("strava",))
            ]

        everything()
        second = everything()
        code, _, err = command(victim, "backup", "--without-landing")
        assert code == 0, err
        (made,) = json.loads(command(victim, "backups", "--json")[1])
        (gone, *_) = [row["id"] for row in sandbox.strava_truth()]
        sandbox.delete_activities(gone)
        sync("strava", "--full")
        assert gone not in strava_ids(victim)
        expected = content(victim.warehouse)
        code, _, err = command(victim, "restore", made["name"])
        assert code == 0, err
        assert gone not in strava_ids(victim), "what had to go does not come back"
        third = everything()
        assert all(again <= usual for again, usual in zip(third, second, strict=True)), (third, second)
        assert content(victim.warehouse) == expected


def strava_ids(victim: Victim) -> set[int]:
    code, out, err = command(victim, "sql", "SELECT activity_id FROM strava.activities", "--json")
    assert code == 0, err
    return {row["activity_id"] for row in json.loads(out)}
