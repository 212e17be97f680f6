"""The commands that make no request: status, sql, rebuild, and the help of all."""

from __future__ import annotations

import json
import os
import pty
from pathlib import Path

import pytest
from command import Ended, Home, together
from typer.testing import CliRunner

from paceline.cli import app
from resources.errors import UsageProblem
from sandbox.client import Sandbox

EVERY_COMMAND = (
    [],
    ["sync"],
    ["sync", "peloton"],
    ["songs"],
    ["status"],
    ["doctor"],
    ["sql"],
    ["rebuild"],
    ["login"],
    ["up"],
)
READING = {
    "SELECT count(*) AS n FROM peloton.rides WHERE air_month = '2024-03-01'": [{"n": 7}],
    "WITH one AS (SELECT 1 AS n) FROM one": [{"n": 1}],
    "SELECT TIMESTAMPTZ '2024-03-01 10:00:00+02' AS moment": [{"moment": "2024-03-01T08:00:00+00:00"}],
}
REFUSED = (
    "INSERT INTO peloton.rides FROM peloton.rides",
    "ATTACH ':memory:' AS other",
    "COPY peloton.rides TO 'stolen.csv'",
    "SELECT * FROM read_text('/etc/passwd')",
    "SELECT * FROM read_csv('/etc/passwd')",
    "SET enable_external_access = true",
    "INSTALL httpfs",
    "SELECT 1; SELECT 2",
)
# The same by another name, tried without a process of its own for each.
REFUSED_TOO = (
    "UPDATE peloton.rides SET title = 'x'",
    "DROP TABLE peloton.rides",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "COPY (SELECT 1) TO 'stolen.csv'",
    "EXPORT DATABASE 'stolen'",
    "LOAD httpfs",
    "PRAGMA memory_limit = '1TB'",
    "SELECT * FROM '/etc/passwd'",
    "SELECT * FROM read_blob('/etc/passwd')",
    "SELECT * FROM glob('/etc/*')",
    "SELECT * FROM query('DROP TABLE peloton.rides')",
    "SELECT * FROM statements",  # a variable of our own process
    "SELECT 1; DROP TABLE peloton.rides",
    "CHECKPOINT",
    "",
    "SELECT * FROM nowhere",
)


def ask_all(home: Home, queries: list[str]) -> list[Ended]:
    return together(*[lambda query=query: home.run("sql", query, "--json") for query in queries])


def test_the_help_of_every_command_shows_an_example(library: Home) -> None:
    shown = together(*[lambda words=words: library.run(*words, "--help") for words in EVERY_COMMAND])
    for words, ended in zip(EVERY_COMMAND, shown, strict=True):
        assert ended.code == 0
        assert "Example" in ended.out, f"paceline {' '.join(words)} --help shows no example"


def test_status_of_an_empty_folder_says_how_to_begin(tmp_path: Path) -> None:
    home = Home(tmp_path / "data")
    told, facts = together(lambda: home.run("status"), lambda: home.run("status", "--json"))
    assert (told.code, facts.code) == (0, 0)
    assert "No account is connected. Sign in: `paceline login peloton`" in told.err
    assert [(row["provider"], row["state"]) for row in facts.facts["connections"]] == [
        ("peloton", "needs sign-in")
    ]
    assert facts.facts["months"] == facts.facts["runs"] == facts.facts["failures"] == []


def test_status_tells_of_connection_limits_runs_and_months_without_a_request(
    library: Home, library_sandbox: Sandbox
) -> None:
    before = len(library_sandbox.requests())
    told, json_told = together(lambda: library.run("status"), lambda: library.run("status", "--json"))
    assert (told.code, json_told.code, len(library_sandbox.requests())) == (0, 0, before)
    facts = json_told.facts
    [connection] = [each for each in facts["connections"] if each["provider"] == "peloton"]
    assert (connection["state"], connection["renews_itself"]) == ("ok", True)
    assert connection["access_hours_left"] > 40
    spent = {row["window"]: row["used"] for row in facts["limits"] if row["name"] == "peloton"}
    assert spent["today (UTC)"] == sum(row["requests"] for row in facts["runs"]) > 0
    assert {row["resource"] for row in facts["runs"]} == {"ride_list", "ride_details", "references"}
    assert {row["outcome"] for row in facts["runs"]} == {"done"}
    of_2024 = {row["resource"]: row for row in facts["months"] if row["year"] == "2024"}
    assert of_2024["ride_list"] == {
        "resource": "ride_list", "account": "", "year": "2024", "complete": 1, "incomplete": 0, "unknown": 11
    }  # fmt: skip
    for name in ("connections", "limits", "months", "runs", "ride_details"):
        assert name in told.out
    for secret in json.loads((library.path / "state" / "tokens" / "peloton.json").read_text())[
        "accounts"
    ].values():
        for token in (secret["access_token"], secret["refresh_token"], library_sandbox.refresh_token):
            assert token not in told.out + told.err + json_told.out + json_told.err


def test_sql_reads(library: Home) -> None:
    for ended, expected in zip(ask_all(library, list(READING)), READING.values(), strict=True):
        assert (ended.code, ended.facts) == (0, expected), ended.err


def test_sql_refuses_everything_but_one_select(library: Home) -> None:
    before = library.warehouse.read_bytes()
    for query, ended in zip(REFUSED, ask_all(library, list(REFUSED)), strict=True):
        assert (ended.code, ended.out) == (2, ""), query
        assert ended.err.strip() and "Traceback" not in ended.err, query
        assert "root:" not in ended.err, query
    assert library.warehouse.read_bytes() == before
    assert not list(library.path.parent.glob("stolen*"))


@pytest.mark.parametrize("query", REFUSED_TOO)
def test_sql_refuses_whatever_it_is_called(
    library: Home, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    monkeypatch.setenv("PACELINE_DATA_DIR", str(library.path))
    monkeypatch.chdir(library.path.parent)
    ended = CliRunner().invoke(app, ["sql", query])
    assert isinstance(ended.exception, UsageProblem)
    assert ended.output == ""
    assert not list(library.path.parent.glob("stolen*"))


def test_sql_says_when_there_is_more(library: Home) -> None:
    ended = library.run("sql", "FROM range(7)", "--rows", "3", "--json")
    assert (ended.code, len(ended.facts)) == (0, 3)
    assert ended.err == "There are more rows than the 3 shown; ask for more with --rows.\n"


@pytest.mark.parametrize("on_a_terminal", [False, True])
def test_a_wide_table_stays_readable(library: Home, on_a_terminal: bool) -> None:
    query = "FROM peloton.rides ORDER BY ride_id LIMIT 1"
    [(ride, title)] = library.ask("SELECT ride_id, title FROM peloton.rides ORDER BY ride_id LIMIT 1")
    if on_a_terminal:
        screen, terminal = pty.openpty()
        process = library.start("sql", query, stdout=terminal)
        os.close(terminal)
        shown = b""
        while True:
            try:
                shown += os.read(screen, 65_536)
            except OSError:  # the other end is closed
                break
        process.wait()
        out = shown.decode()
    else:
        out = library.run("sql", query).out
    assert ride in out and title in out, "values are whole, not one letter a line"


def test_rebuild_gives_the_same_tables_without_a_request(
    library: Home, library_sandbox: Sandbox, tmp_path: Path
) -> None:
    home = library.copy(tmp_path / "data")
    home.warehouse.unlink()
    before = len(library_sandbox.requests())
    ended = home.run("rebuild", "--json")
    assert ended.code == 0, ended.err
    assert ended.facts["requests"] == 0 == len(library_sandbox.requests()) - before
    assert home.stored() == library.stored()
    assert ended.facts["rows"] == {
        table: rows for table, (rows, _) in library.stored().items() if table.startswith("peloton.")
    }
    unknown = home.run("rebuild", "--source", "garmin")
    assert (unknown.code, unknown.out) == (2, "")
    assert "garmin" in unknown.err and "peloton" in unknown.err
