"""`paceline sync workouts` and `import workouts` as a person types them: several accounts, one of them dead."""

from __future__ import annotations

import json
import re
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest
import requests
from command import Home

from sandbox.client import Sandbox

WORKOUTS, MONTH_S = 40, 31 * 86_400
COUNT = "SELECT username, count(*) AS n FROM peloton.workouts GROUP BY ALL ORDER BY 1"


def members() -> Sandbox:
    """Two of them, with some workouts each."""
    return Sandbox(rate=0, classes=300, workouts=WORKOUTS, members=2)


@pytest.fixture(scope="module")
def sandbox() -> Iterator[Sandbox]:
    with members() as sandbox:
        yield sandbox


@pytest.fixture(scope="module")
def home(sandbox: Sandbox, tmp_path_factory: pytest.TempPathFactory) -> Home:
    """The first sync of a member who is signed in."""
    home = Home(tmp_path_factory.mktemp("members") / "data", sandbox, PACELINE_RETRY_DELAY_S="0.1")
    first = home.run("sync", "workouts", "--json")
    assert first.code == 0, first.err
    (home.path.parent / "first.json").write_text(first.out)
    (home.path.parent / "first.err").write_text(first.err)
    return home


@pytest.fixture(scope="module")
def both(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Home, Sandbox]]:
    """Both members are signed in, and synced once."""
    with members() as two:
        both = Home(tmp_path_factory.mktemp("both") / "data", two, PACELINE_RETRY_DELAY_S="0.1")
        sign_in(both, two.members[1]["refresh_token"])
        synced = both.run("sync", "workouts", "--json")
        assert synced.code == 0, synced.err
        yield both, two


def sign_in(home: Home, token: str) -> None:
    """As the account `second`."""
    process = home.start("login", "peloton", "--account", "second", stdin=subprocess.PIPE)
    _, said = process.communicate(token, timeout=60)
    assert process.returncode == 0, said


def rows(home: Home, sql: str) -> list[dict[str, object]]:
    return list(home.run("sql", sql, "--json").facts)


def test_a_first_sync_tells_what_it_did(home: Home, sandbox: Sandbox) -> None:
    told = json.loads((home.path.parent / "first.json").read_text())
    truth = sandbox.workouts(0)
    complete = [row for row in truth if row["status"] == "COMPLETE"]
    assert (told["fetched"], told["created"], told["outcome"]) == (WORKOUTS, WORKOUTS, "done")
    assert told["graphs"] == len(complete)
    assert f"{WORKOUTS} workouts listed and in the warehouse" in (home.path.parent / "first.err").read_text()


@pytest.mark.tier("N")
def test_both_members_are_in_the_warehouse(both: tuple[Home, Sandbox]) -> None:
    home, two = both
    names = sorted(member["username"] for member in two.members)
    assert rows(home, COUNT) == [{"username": name, "n": WORKOUTS} for name in names]
    accounts = {row["account"] for row in rows(home, "SELECT DISTINCT account FROM ops.coverage")}
    assert accounts == {"default", "second"}


@pytest.mark.tier("N")
def test_an_account_is_chosen_by_its_name_or_by_the_members(both: tuple[Home, Sandbox]) -> None:
    home, two = both
    for name in ("second", two.members[1]["username"]):
        two.reset()
        ended = home.run("sync", "workouts", "--username", name, "--json")
        assert ended.code == 0, ended.err
        asked = {path.split("?")[0] for _, _, path, *_ in two.requests() if "/workouts" in path}
        assert asked == {f"/peloton/api/user/{two.members[1]['user_id']}/workouts"}
        assert ended.facts["requests"] == 1
    unknown = home.run("sync", "workouts", "--username", "nobody")
    assert unknown.code == 2
    assert "'nobody'" in unknown.err and "second" in unknown.err


@pytest.mark.tier("N")
def test_a_dead_token_stops_only_its_own_account(home: Home, sandbox: Sandbox, tmp_path: Path) -> None:
    with Sandbox(rate=0, classes=300, workouts=30, members=2) as other:
        mine = Home(tmp_path / "data", other, PACELINE_RETRY_DELAY_S="0.1")
        second = other.members[1]["refresh_token"]
        sign_in(mine, second)
        other.control("revoke_refresh_tokens", {"member": 1})
        other.expire_tokens(1)
        ended = mine.run("sync", "workouts", "--json")
        assert ended.code == 4, "a person has to do something"
        assert "The account second" in ended.err and "paceline login peloton --account second" in ended.err
        assert ended.facts["created"] == 30
        assert rows(mine, COUNT) == [{"username": other.members[0]["username"], "n": 30}]
        assert rows(mine, "SELECT count(*) AS n FROM peloton.workout_summaries") != [{"n": 0}]
        told = mine.run("status", "--json").facts["connections"]
        assert {each["account"]: each["state"] for each in told if each["provider"] == "peloton"} == {
            "default": "ok",
            "second": "needs sign-in",
        }
        assert "--account second" in next(each["note"] for each in told if each["account"] == "second")
        again = mine.run("sync", "workouts", "--json")
        assert (again.code, again.facts["outcome"]) == (0, "done"), again.err
        assert "second is left out" in again.err


def test_three_new_workouts_cost_a_page_and_three_graphs(home: Home, sandbox: Sandbox) -> None:
    known = [
        row["ride_id"] for row in sandbox.workouts(0) if row["ride_in_row"] and row["details_status"] == 200
    ]
    sandbox.add_workouts(3, 0, ride_id=known[-1])
    sandbox.reset()
    ended = home.run("sync", "workouts", "--username", "default", "--json")
    assert ended.code == 0, ended.err
    assert sandbox.counters()["total"] == ended.facts["requests"] == 1 + 3
    assert (ended.facts["created"], ended.facts["graphs"], ended.facts["classes"]) == (3, 3, 0)


@pytest.mark.tier("N")
def test_a_fault_of_the_provider_is_over_at_the_second_attempt(both: tuple[Home, Sandbox]) -> None:
    home, two = both
    """Not by the retries of one call, which end sooner: the step is tried again."""
    oldest = min(row["created_at"] for row in two.workouts(1))
    new = [two.add_workouts(1, 1, at=oldest + month * MONTH_S)[0]["id"] for month in range(6)]
    two.faults({"kind": "status", "status": 503, "endpoint": "performance_graph", "times": 4 * len(new)})
    ended = home.run("sync", "workouts", "--username", "second", "--json", stdin=subprocess.DEVNULL)
    assert two.fault_state()[0]["fired"] == 4 * len(new)
    two.faults()
    assert ended.code == 0, ended.err
    stored = {row["workout_id"] for row in rows(home, "SELECT workout_id FROM peloton.workout_summaries")}
    assert set(new) <= stored


def test_a_person_without_a_token_imports_the_csv(sandbox: Sandbox, home: Home, tmp_path: Path) -> None:
    tokens = json.loads((home.path / "state" / "tokens" / "peloton.json").read_text())["accounts"]["default"]
    question = f"{sandbox.api_url}/api/user/{sandbox.members[0]['user_id']}/workout_history_csv?timezone=UTC"
    signed = {"Authorization": f"Bearer {tokens['access_token']}", "Peloton-Platform": "web"}
    file = tmp_path / "workouts.csv"
    file.write_bytes(requests.get(question, headers=signed, timeout=30).content)
    alone = Home(tmp_path / "data")
    unclear = alone.run("import", "workouts", str(file))
    if unclear.code:
        assert unclear.code == 2 and re.search(r"zone '\w+'.*--zone", unclear.err)
    ended = alone.run("import", "workouts", str(file), "--zone", "IST=+05:30", "--json")
    assert ended.code == 0, ended.err
    assert ended.facts["workouts"] == ended.facts["rows"] > WORKOUTS // 2
    found = rows(alone, "SELECT count(*) AS n, count(start_time) AS timed FROM peloton.workout_overview")
    assert found == [{"n": ended.facts["rows"], "timed": ended.facts["rows"]}]


@pytest.mark.parametrize(
    "content", [b"", b"a,b\n1,2\n", b"\xff\xfe\x00", None], ids=["empty", "other", "binary", "none"]
)
def test_what_is_no_export_is_refused(tmp_path: Path, content: bytes | None) -> None:
    file = tmp_path / "workouts.csv"
    if content is not None:
        file.write_bytes(content)
    ended = Home(tmp_path / "data").run("import", "workouts", str(file))
    assert ended.code == 2
    assert not (tmp_path / "data" / "warehouse.duckdb").exists()
