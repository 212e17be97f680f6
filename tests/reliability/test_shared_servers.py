"""Several hosts' servers on a bad day: gone in the middle of a sync, and put back to an earlier moment by a restore."""

from __future__ import annotations

import os
from pathlib import Path

import engine
import pytest
from engine import sync
from equal import content
from forks import fork
from observing import SUMMER, asked, quiet
from points import BEFORE, Plan, all_points, kill
from servers import Postgres, Redis, postgres_folder
from signing_in import new_workspace, sign_in, stay_signed_in
from test_restore import run_restore
from victim import KILLED

from peloton_assets.details import sync_details
from peloton_assets.listing import sync_list
from resources.errors import DatabaseUnavailable
from resources.settings import load_settings
from resources.state import State
from resources.token_table import token_store
from resources.tokens import Tokens
from resources.workspace import Progress
from sandbox.client import Sandbox

pytestmark = [
    pytest.mark.tier("N"),
    pytest.mark.skipif(
        not postgres_folder(), reason="PostgreSQL is not installed: apt-get install postgresql"
    ),
]
STOPS_AFTER = 10  # answers


@pytest.mark.promise("A1")
@pytest.mark.parametrize("stopped", ["PostgreSQL", "Redis"])
def test_a_server_that_goes_away_in_mid_sync_costs_nothing(
    stopped: str, peloton: Sandbox, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A clear word, the next run goes on, no answer is asked for twice, and the end is that of a single host."""
    stay_signed_in(peloton)  # both ways
    sign_in(peloton, monkeypatch)
    with Postgres() as postgres, Redis() as redis:
        monkeypatch.setenv("STATE_URL", postgres.url)
        monkeypatch.setenv("LIMITER_URL", redis.url)
        server = postgres if stopped == "PostgreSQL" else redis
        work = new_workspace("first")

        def stop(progress: Progress) -> None:
            if progress.stage == "class details" and progress.done == STOPS_AFTER:
                server.stop()

        with pytest.raises(DatabaseUnavailable, match=r"(R|r)un the same command again"), work.crawling():
            sync_list(work, SUMMER, quiet)
            work.on_progress = stop
            sync_details(work, SUMMER, quiet)
        server.start()
        first = asked(peloton)["details"]
        shared = sync(SUMMER, "second")
        in_all = asked(peloton)["details"]
        here, months = (
            content(shared.settings.warehouse_file),
            shared.state.complete_months("peloton", "ride_list"),
        )
    monkeypatch.delenv("STATE_URL")
    monkeypatch.delenv("LIMITER_URL")
    monkeypatch.setenv("PACELINE_DATA_DIR", str(tmp_path / "undisturbed"))
    peloton.reset()
    alone = sync(SUMMER)
    assert STOPS_AFTER <= first < in_all == asked(peloton)["details"], "each once"
    assert here == content(alone.settings.warehouse_file)
    assert months.keys() == alone.state.complete_months("peloton", "ride_list").keys()


SITES = [
    point
    for point in all_points()
    if "_replace_shared_state" in point.site and point.phase == BEFORE and "mkdir" not in point.site
]


@pytest.mark.promise("A8")
def test_a_backup_of_shared_state_is_put_back_wherever_the_restore_is_killed(
    peloton: Sandbox, data_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, database_url: str
) -> None:
    from paceline.backup import make_backup

    sign_in(peloton, monkeypatch)
    monkeypatch.setenv("STATE_URL", database_url)
    engine.sync(SUMMER)
    then = proven(State(database_url))
    make_backup(load_settings(), data_dir / "backups" / "first", landing=True)
    assert proven(State(data_dir / "backups" / "first" / "state")) == then, "a file, whatever it is of"
    assert SITES
    for site in SITES:
        shared = State(database_url)
        shared.set_note("later", site.site)
        shared.record_positions("peloton", "ride_list", {"1999-01": 1})
        assert restored(data_dir, tmp_path, Plan(site, 1, kill)) in (KILLED, 0)
        assert restored(data_dir, tmp_path, None) == 0, (tmp_path / "err").read_text()
        assert proven(State(database_url)) == then
        (aside,) = data_dir.glob("before-restore-*")
        assert State(aside / "state").note("later") == site.site, "what was there is kept"
        aside.rename(tmp_path / f"looked at {site.site.replace('/', '_')}")
    store = token_store(database_url)
    assert store.load("peloton") != Tokens(), "who is signed in stays so"
    assert not [*data_dir.glob(".restoring-*")]


def proven(state: State) -> dict[str, object]:
    return {
        "months": state.complete_months("peloton", "ride_list"),
        "positions": state.positions("peloton", "ride_list"),
        "merged": state.merged_files("peloton", "ride_details"),
        "note": state.note("later"),
    }


def restored(data_dir: Path, tmp_path: Path, plan: Plan | None) -> int:
    process = fork(
        run_restore, "first", plan, env=os.environ, cwd=tmp_path, out=tmp_path / "out", err=tmp_path / "err"
    )
    process.join()
    return int(process.exitcode)
