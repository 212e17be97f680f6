"""`paceline sync strava` and its jobs against a real sandbox: what they store, report, and say when they stop."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import dagster as dg
import pytest
from command_line import paceline
from strava_in_process import UNLIMITED, activities, keep_event, known, landed, rows

from resources.settings import load_settings
from resources.strava_auth import PROVIDER, StravaAuth
from resources.tokens import Pasted, TokenStore
from resources.warehouse import open_warehouse
from sandbox.client import Sandbox
from strava_assets.athletes import connections
from strava_assets.definitions import defs
from strava_assets.partitions import MONTHS
from strava_assets.workspace import Workspace

ACTIVITIES = 12
ANNA = "anna"
QUIET = {"loggers": {"console": {"config": {"log_level": "CRITICAL"}}}}
SUMMARY = {
    "fetched", "created", "updated", "skipped", "errors", "requests", "seconds", "outcome", "resume_at", "synced",
    "new", "pages_fetched", "removed", "items", "limits", "run_id",
}  # fmt: skip


@pytest.fixture(autouse=True)
def live(data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Sandbox]:
    """A real sandbox of two athletes, without a limit; the first is connected by the environment."""
    del data_dir
    with Sandbox(rate=0, classes=1, strava_activities=ACTIVITIES, strava_athletes=2) as sandbox:
        sandbox.settings(**UNLIMITED)
        for athlete in (0, 1):
            for row in sandbox.strava_truth(athlete):
                short = {"moving_time": 60, "elapsed_time": 60, "distance": 200.0}
                sandbox.edit_activity(row["id"], **short)
        for name, value in sandbox.strava_env().items():
            monkeypatch.setenv(name, value)
        monkeypatch.delenv("BACKGROUND_SYNC_ENABLED", raising=False)
        monkeypatch.setenv("STRAVA_REQUESTS_PER_15MIN", "90000")
        monkeypatch.setenv("STRAVA_REQUESTS_PER_DAY", "90000")
        monkeypatch.setattr("resources.strava_limit.GENTLE_PER_SECOND", 900.0)
        monkeypatch.setattr("strava_assets.accounts.PAUSE_BETWEEN_ATHLETES_S", 0.0)
        sandbox.reset()
        yield sandbox


def work() -> Workspace:
    return Workspace(load_settings())


def connect_second(live: Sandbox) -> StravaAuth:
    """The second athlete signs in under a name."""
    auth = StravaAuth(TokenStore(load_settings().state_dir), live.strava_auth_url, ANNA)
    auth.sign_in_with(Pasted("", live.strava_credentials["athletes"][1]["refresh_token"]))
    return auth


def sync(*options: str) -> dict[str, Any]:
    """The summary of a sync that comes to its end."""
    ended = paceline("sync", PROVIDER, "--json", *options)
    assert ended.code == 0, ended.err
    found: dict[str, Any] = json.loads(ended.out)
    return found


def asked(live: Sandbox) -> Counter[str]:
    counted = Counter({name: n for name, n in live.counters()["by_endpoint"].items() if n})
    live.reset()
    return counted - Counter({"strava_token": 99})


def run(instance: dg.DagsterInstance, job: str, config: dict[str, Any] | None = None, **more: Any) -> Any:
    ops = {"ops": config} if config else {}
    return defs.resolve_job_def(job).execute_in_process(
        run_config=QUIET | ops, instance=instance, raise_on_error=False, **more
    )


@pytest.fixture
def instance() -> Iterator[dg.DagsterInstance]:
    with dg.DagsterInstance.ephemeral() as instance:
        yield instance


# ------------------------------------------------------------------ the command


def test_the_command_stores_everything_and_tells_what_the_old_one_told(live: Sandbox) -> None:
    first = sync()
    assert first.keys() == SUMMARY
    assert (first["outcome"], first["synced"], first["new"], first["updated"]) == (
        "done",
        ACTIVITIES,
        ACTIVITIES,
        0,
    )
    counted = asked(live)
    assert first["requests"] == counted.total() and first["pages_fetched"] == counted["strava_activities"]
    assert (
        first["items"]
        == counted.total() - counted["strava_activities"] - counted["strava_athlete"]
        > ACTIVITIES
    )
    for window in first["limits"].values():
        assert window.keys() == {"allowed", "used", "remaining", "resets_in_s"}
        assert window["used"] == counted.total()
    assert first["limits"].keys() == {"quarter_hour", "day"}
    with open_warehouse(load_settings().warehouse_file) as connection:
        counts = connection.execute(
            "SELECT count(*), count(details_fetched_at) FROM strava.activities"
        ).fetchall()
    assert counts == [(ACTIVITIES, ACTIVITIES)]
    again = sync()
    assert (again["new"], again["updated"], again["items"], again["requests"]) == (0, 0, 0, 1)
    assert asked(live) == {"strava_activities": 1}
    text = paceline("sync", PROVIDER)
    assert text.code == 0 and "reads left in this quarter hour" in text.out
    runs = work().state.rows("SELECT resource, outcome FROM sync_runs WHERE source = 'strava'")
    assert len(runs) == 6 and {row["outcome"] for row in runs} == {"done"}


@pytest.mark.tier("N")
def test_a_limit_in_the_middle_keeps_what_arrived_and_says_when(
    live: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("STRAVA_REQUESTS_PER_DAY", "9")  # a quarter hour may end in the middle of this test
    ended = paceline("sync", PROVIDER, "--json")
    facts = json.loads(ended.out)
    assert ended.code == 3 and facts["outcome"] == "stopped" and facts["resume_at"], ended.err
    assert "limit" in ended.err and facts["new"] == ACTIVITIES
    with open_warehouse(load_settings().warehouse_file) as connection:
        found = connection.execute(
            "SELECT count(*), count(details_fetched_at) FROM strava.activities"
        ).fetchall()
    assert found == [(ACTIVITIES, facts["items"])] and 0 < facts["items"] < ACTIVITIES


@pytest.mark.tier("N")
def test_a_month_a_bound_and_an_athlete_can_be_chosen(live: Sandbox) -> None:
    connect_second(live)
    newest = max(row["start_date"] for row in live.strava_truth(1))
    one = sync("--athlete", ANNA, "--year", newest[:4], "--month", newest[5:7].lstrip("0"), "--limit", "0")
    assert one["items"] == 0 and one["new"] >= 1
    ids = {str(row["athlete"]["id"]) for row in live.strava_truth(1)}
    assert {str(row["athlete_id"]) for row in activities(work()).values()} == ids
    by_id = sync("--athlete", ids.pop(), "--limit", "3", "--max-pages", "1")
    assert by_id["items"] >= 3 and by_id["pages_fetched"] == 1


@pytest.mark.parametrize(
    "options",
    [
        ("--full", "--year", "2026"), ("--month", "3"), ("--max-pages", "0"), ("--limit", "-1"),
        ("--athlete", "nobody"), ("--year", "1999"),
    ],
)  # fmt: skip
def test_options_that_make_no_sense_are_refused(options: tuple[str, ...], live: Sandbox) -> None:
    ended = paceline("sync", PROVIDER, *options)
    assert ended.code == 2 and ended.err.count("\n") <= 2 and asked(live).total() == 0


def test_without_a_sign_in_it_says_how(live: Sandbox, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("STRAVA_REFRESH_TOKEN")
    ended = paceline("sync", PROVIDER)
    assert ended.code == 4 and "paceline login strava" in ended.err and asked(live).total() == 0


@pytest.mark.tier("N")
def test_status_shows_connection_limits_runs_and_months(live: Sandbox) -> None:
    sync("--full", "--limit", "0")
    live.reset()
    facts = json.loads(paceline("status", "--json").out)
    (connection,) = [row for row in facts["connections"] if row["provider"] == PROVIDER]
    assert connection["state"] == "ok" and connection["renews_itself"]
    limits = {row["window"]: row for row in facts["limits"] if row["name"] == PROVIDER}
    assert len(limits) >= 4 and all(
        row["left"] + row["used"] == row["allowed"] for row in limits.values() if row["used"]
    )
    months = [row for row in facts["months"] if row["resource"] == "activities"]
    assert sum(row["complete"] for row in months) > 0 == sum(row["incomplete"] for row in months)
    assert facts["runs"][0]["source"] == PROVIDER
    assert asked(live).total() == 0


# ------------------------------------------------------------------ several athletes


def test_a_dead_token_stops_only_its_own_athlete(live: Sandbox, instance: dg.DagsterInstance) -> None:
    auth = connect_second(live)
    with auth.lock():
        dead = replace(auth.load(), access_token="", access_expires_at=0.0, refresh_token="dead")
        auth.save(dead)
    result = run(instance, "strava_sync", partition_key=MONTHS.get_last_partition_key())
    assert result.success
    (event,) = result.asset_materializations_for_node("strava__activity_list")
    assert event.metadata["athletes"].value == "default" and event.metadata["new"].value == ACTIVITIES
    assert f"paceline login strava --account {ANNA}" in event.metadata[f"failed: {ANNA}"].value
    assert len(activities(work())) == ACTIVITIES
    outcomes = {row["resource"]: row["outcome"] for row in work().state.rows("SELECT * FROM sync_runs")}
    assert outcomes == {"activity_list": "done", f"activity_list:{ANNA}": "failed"}


@pytest.mark.tier("N")
def test_all_athletes_are_synced_and_a_goodbye_ends_one_for_good(
    live: Sandbox, instance: dg.DagsterInstance
) -> None:
    connect_second(live)
    assert sync("--limit", "0")["new"] == 2 * ACTIVITIES
    gone = live.strava_credentials["athletes"][1]["athlete_id"]
    event = {**live.strava_event(None), "owner_id": gone, "object_id": gone}
    keep_event(work(), event)
    result = run(instance, "strava_sync", partition_key=MONTHS.get_last_partition_key())
    assert result.success
    assert gone not in {row["athlete_id"] for row in rows(work(), "activities")}
    assert len(known(work())) == ACTIVITIES and landed(work(), "events") == []
    assert [each.account for each in connections(load_settings())] == ["default"]
    with open_warehouse(load_settings().warehouse_file) as connection:
        found = connection.execute("SELECT count(*) FROM strava.activities").fetchall()
    assert found == [(ACTIVITIES,)]


@pytest.mark.tier("N")
def test_the_only_athletes_goodbye_empties_the_warehouse(live: Sandbox, instance: dg.DagsterInstance) -> None:
    """Though the refresh token of the environment is still there."""
    sync("--limit", "0")
    keep_event(work(), live.strava_event(None))
    result = run(instance, "strava_sync", partition_key=MONTHS.get_last_partition_key())
    assert result.success, [event.message for event in result.all_events if event.is_step_failure]
    with open_warehouse(load_settings().warehouse_file) as connection:
        found = connection.execute("SELECT count(*) FROM strava.activities").fetchall()
    assert found == [(0,)] and connections(load_settings()) == []


# ------------------------------------------------------------------ as Dagster shows it


def test_the_job_reports_months_limits_and_checks(live: Sandbox, instance: dg.DagsterInstance) -> None:
    tags = {
        "dagster/asset_partition_range_start": "2026-01-01",
        "dagster/asset_partition_range_end": MONTHS.get_last_partition_key() or "",
    }
    config = {"strava__activity_list": {"config": {"full": True}}}
    result = run(instance, "strava_sync", config, tags=tags)
    assert result.success
    (event, *_) = result.asset_materializations_for_node("strava__activity_list")
    told = {name: value.value for name, value in event.metadata.items()}
    assert (told["synced"], told["new"], told["updated"], told["removed"]) == (ACTIVITIES, ACTIVITIES, 0, 0)
    assert told["pages_fetched"] == asked(live)["strava_activities"]
    assert (
        "left, resets in" in told["limit of a quarter hour"] and "left, resets in" in told["limit of a day"]
    )
    months = {row["start_date"][:7] for row in live.strava_truth()}
    found = instance.get_materialized_partitions(dg.AssetKey(["strava", "activities"]))
    assert found == {f"{month}-01" for month in months}
    checks = result.get_asset_check_evaluations()
    failed = {check.check_name for check in checks if not check.passed}
    assert len(checks) > 10 and failed <= {"gear_is_known"}, "gear comes with the items"
    again = run(instance, "strava_items")
    assert again.success
    (event,) = again.asset_materializations_for_node("strava__activity_items")
    assert (
        event.metadata["left for the next pass"].value >= 0 and event.metadata["fetched"].value > ACTIVITIES
    )
    assert {check.check_name for check in again.get_asset_check_evaluations() if not check.passed} == set()
    tables = run(instance, "strava_tables")
    assert tables.success
    shown = [event.metadata for event in tables.asset_materializations_for_node("activity_tables")]
    assert shown and "Invented" not in str(shown), "Dagster keeps no names that may have to be forgotten"


@pytest.mark.tier("N")
def test_a_large_loss_fails_in_one_sentence(live: Sandbox) -> None:
    sync("--limit", "0")
    live.delete_activities(*[row["id"] for row in live.strava_truth()][:6])
    ended = paceline("sync", PROVIDER, "--full")
    assert ended.code == 1 and "--accept-removals" in ended.err and len(activities(work())) == ACTIVITIES
    accepted = sync("--full", "--accept-removals", "--limit", "0")
    assert accepted["outcome"] == "done" and len(activities(work())) == ACTIVITIES - 6
