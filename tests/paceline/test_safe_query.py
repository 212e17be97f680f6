"""Strangers' SQL on the warehouse (F3): what they try to read, write, change or learn, and how much they may take."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import duckdb
import pytest
from publishing import published

from paceline.exports import Format
from paceline.safe_query import Limits, ask, save
from paceline.sealed import ONLY_SELECT, sealed, select
from resources.errors import UsageProblem

pytestmark = pytest.mark.promise("F3")

SECRET = "canary-b51c9e"
# {secret} is a file with a secret, {out} one that shall not be, {folder} the data folder, {file} the warehouse.
READING = (
    "FROM read_text('{secret}')",
    "FROM read_blob('{secret}')",
    "FROM '{secret}'",
    'FROM "{secret}"',
    "FROM read_csv('{secret}')",
    "FROM read_csv_auto('{secret}')",
    "FROM read_json('{secret}')",
    "FROM read_json_auto('{secret}')",
    "FROM read_json_objects('{secret}')",
    "FROM read_ndjson('{secret}')",
    "FROM read_parquet('{secret}')",
    "FROM parquet_scan('{secret}')",
    "FROM parquet_metadata('{secret}')",
    "FROM parquet_schema('{secret}')",
    "FROM parquet_kv_metadata('{secret}')",
    "FROM parquet_file_metadata('{secret}')",
    "FROM sniff_csv('{secret}')",
    "FROM glob('{folder}/*')",
    "FROM read_text('{folder}/*')",
    "FROM read_blob('{file}')",
    "FROM read_text('/etc/passwd')",
    "FROM read_text('/proc/self/environ')",
    "FROM read_text('/proc/self/maps')",
    "FROM read_text('/dev/stdin')",
    "FROM read_text('file://{secret}')",
    "FROM read_text('http://127.0.0.1:1/x')",
    "FROM read_csv('https://x.invalid/x.csv')",
    "FROM read_parquet('s3://bucket/x.parquet')",
    "FROM read_text(['{secret}'])",
    "SELECT * FROM query('FROM read_text(''{secret}'')')",
    "SELECT * FROM query_table('{secret}')",
    "WITH x AS (FROM read_text('{secret}')) FROM x",
    "SELECT (SELECT content FROM read_text('{secret}'))",
    "SELECT 1 WHERE EXISTS (FROM read_text('{secret}'))",
    "SELECT 1 UNION ALL SELECT content FROM read_text('{secret}')",
    "FROM range(1), LATERAL (FROM read_text('{secret}'))",
    "EXPLAIN ANALYZE FROM read_text('{secret}')",
    "SUMMARIZE FROM read_text('{secret}')",
    "DESCRIBE FROM read_text('{secret}')",
    "SHOW (FROM read_text('{secret}'))",
    "FROM sqlite_scan('{secret}', 'x')",
    "FROM postgres_scan('host=127.0.0.1', 'public', 'x')",
    "FROM arrow_scan(1, 2, 3)",
    "FROM python_map('os')",
    "FROM secret",
    "FROM connection",
    "SELECT getenv('PELOTON_REFRESH_TOKEN')",
    "SELECT getvariable('x')",
    "FROM duckdb_secrets()",
    "FROM which_secret('s3://bucket', 's3')",
    "FROM read_duckdb('{file}')",
)
WRITING = (
    "COPY (SELECT 1) TO '{out}'",
    "COPY peloton.rides TO '{out}' (FORMAT parquet)",
    "EXPLAIN ANALYZE COPY (SELECT 1) TO '{out}'",
    "SELECT 1; COPY (SELECT 1) TO '{out}'",
    "COPY peloton.rides FROM '{secret}'",
    "EXPORT DATABASE '{out}'",
    "IMPORT DATABASE '{folder}'",
    "ATTACH '{out}' AS other",
    "ATTACH '{file}' AS other",
    "ATTACH ':memory:' AS other",
    "DETACH warehouse",
    "USE system",
    "CREATE TABLE peloton.mine AS SELECT 1",
    "CREATE TEMP TABLE mine AS SELECT 1",
    "CREATE MACRO mine() AS 1",
    "CREATE SECRET mine (TYPE s3, KEY_ID 'x', SECRET 'y')",
    "INSERT INTO peloton.rides BY NAME SELECT 'x' AS ride_id",
    "WITH gone AS (DELETE FROM peloton.rides RETURNING *) FROM gone",
    "UPDATE peloton.rides SET title = 'x'",
    "DELETE FROM peloton.rides",
    "TRUNCATE peloton.rides",
    "DROP TABLE peloton.rides",
    "ALTER TABLE peloton.rides DROP title",
    "COMMENT ON TABLE peloton.rides IS 'x'",
    "VACUUM",
    "CHECKPOINT",
    "FORCE CHECKPOINT",
    "BEGIN TRANSACTION",
    "SELECT 1 INTO OUTFILE '{out}'",
    "EXPLAIN ANALYZE DELETE FROM peloton.rides",
    "EXPLAIN ANALYZE INSERT INTO peloton.rides BY NAME SELECT 'x' AS ride_id",
    "PREPARE p AS COPY (SELECT 1) TO '{out}'",
    "EXECUTE p",
    "SELECT write_log('{out}')",
)
CHANGING = (
    "SET enable_external_access = true",
    "SET lock_configuration = false",
    "RESET lock_configuration",
    "RESET enable_external_access",
    "SET memory_limit = '100GB'",
    "SET threads = 64",
    "SET temp_directory = '{folder}'",
    "SET allowed_paths = ['{secret}']",
    "SET allowed_directories = ['/']",
    "SET VARIABLE x = 1",
    "SET SESSION TimeZone = 'Asia/Tokyo'",
    "PRAGMA enable_external_access = true",
    "PRAGMA database_list",
    "PRAGMA memory_limit = '100GB'",
    "PRAGMA enable_profiling",
    "PRAGMA profiling_output = '{out}'",
    "CALL enable_logging(storage = 'file', storage_path = '{out}')",
    "CALL pragma_version()",
    "INSTALL httpfs",
    "LOAD httpfs",
    "LOAD '{secret}'",
    "FORCE INSTALL httpfs FROM 'http://127.0.0.1:1'",
    "UPDATE EXTENSIONS",
    "SELECT set_config('lock_configuration', 'false', false)",
    "FROM duckdb_extensions()",
)
# Allowed, and must not tell where on the disk the warehouse lies.
LEARNING = (
    "FROM duckdb_databases()",
    "SELECT path, reverse(path), md5(path), to_base64(path::BLOB) FROM duckdb_databases()",
    "FROM duckdb_settings()",
    "SELECT current_setting('allowed_paths')",
    "SELECT current_setting('temp_directory'), current_setting('secret_directory')",
    "FROM information_schema.schemata",
    "FROM pg_catalog.pg_database",
    "FROM duckdb_tables()",
    "FROM duckdb_columns()",
    "FROM duckdb_functions()",
    "FROM duckdb_temporary_files()",
    "FROM duckdb_memory()",
    "FROM duckdb_logs()",
    "FROM pragma_database_size()",
    "FROM pragma_user_agent()",
    "SELECT * FROM nothing_of_this_name",
    "SELECT 1/",
)
ATTEMPTS = (*READING, *WRITING, *CHANGING, *LEARNING)


@pytest.fixture(scope="module")
def place(built: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """A data folder with a warehouse, and beside it a secret."""
    around = tmp_path_factory.mktemp("strangers")
    folder, secret = shutil.copytree(built, around / "data"), around / "secret.txt"
    secret.write_text(SECRET)
    return {
        "around": around,
        "file": published(folder),
        "folder": folder,
        "secret": secret,
        "out": around / "out",
    }


def files_of(place: dict[str, Path]) -> dict[Path, int]:
    return {path: path.stat().st_mtime_ns for path in place["around"].rglob("*")}


@pytest.fixture
def connection(place: dict[str, Path]) -> Iterator[duckdb.DuckDBPyConnection]:
    with sealed(place["file"], "256MB") as sealed_connection:
        yield sealed_connection


def filled(attempt: str, place: dict[str, Path]) -> str:
    return re.sub(r"\{(\w+)\}", lambda name: str(place[name[1]]), attempt)


def spellings(place: dict[str, Path]) -> list[str]:
    """How a path of ours may show in an answer."""
    folder = str(place["folder"])
    encoded = [f"base64('{folder}'::BLOB)", f"md5('{place['file']}')", f"reverse('{folder}')"]
    with duckdb.connect() as connection:
        told = [connection.execute(f"SELECT {each}").fetchall()[0][0] for each in encoded]
    return [folder, *told]


def answer_of(attempt: str, place: dict[str, Path], connection: duckdb.DuckDBPyConnection) -> str:
    """What the asker gets to see: rows, or why not. What they typed themselves tells them nothing."""
    sql = filled(attempt, place)
    try:
        shown = repr(connection.execute(select(connection, sql)).fetchall())
    except (duckdb.Error, UsageProblem) as refusal:
        shown = str(refusal)
    for typed in (str(place["secret"]), str(place["file"]), str(place["out"]), str(place["folder"])):
        if typed in sql:
            shown = shown.replace(typed, "")
    return shown


def test_nothing_gets_through(
    place: dict[str, Path],
    connection: duckdb.DuckDBPyConnection,
    figure: Callable[[str], None],
) -> None:
    assert len({*ATTEMPTS}) == len(ATTEMPTS) >= 64
    before = files_of(place)
    hidden = [SECRET, *spellings(place)]
    rows = connection.execute("SELECT count(*) FROM peloton.rides").fetchall()
    settings = connection.execute("FROM duckdb_settings()").fetchall()
    for attempt in ATTEMPTS:
        shown = answer_of(attempt, place, connection)
        assert [word for word in hidden if word in shown] == [], attempt
        assert files_of(place) == before, attempt
        assert connection.execute("FROM duckdb_settings()").fetchall() == settings, attempt
        assert connection.execute("SELECT count(*) FROM peloton.rides").fetchall() == rows, attempt
    figure(f"0 of {len(ATTEMPTS)} attempts to read, write, change or learn got through")


def test_a_connection_that_is_not_sealed_lets_them_through(place: dict[str, Path]) -> None:
    """The attempts are real: without the seals they read, write and learn."""
    worked = 0
    with duckdb.connect(place["file"], read_only=True) as unsealed:
        for attempt in ("FROM read_text('{secret}')", "FROM duckdb_databases()"):
            shown = repr(unsealed.execute(filled(attempt, place)).fetchall())
            worked += SECRET in shown or str(place["folder"]) in shown
        unsealed.execute(filled("COPY (SELECT 1) TO '{out}'", place))
    assert worked == 2
    assert place["out"].exists()
    place["out"].unlink()


@pytest.mark.parametrize("sql", [*WRITING[:4], *CHANGING[:3], "", "  ;  ", "SELECT 1; SELECT 2", "selec 1"])
def test_only_one_select_is_a_question(
    sql: str, place: dict[str, Path], connection: duckdb.DuckDBPyConnection
) -> None:
    with pytest.raises((UsageProblem, duckdb.Error)):
        connection.execute(select(connection, filled(sql, place))).fetchall()


def test_pivot_says_what_it_needs(connection: duckdb.DuckDBPyConnection) -> None:
    with pytest.raises(UsageProblem, match=f"{ONLY_SELECT}.*ON column IN"):
        select(connection, "PIVOT peloton.rides ON language USING count(*)")


def test_a_question_in_its_own_process(place: dict[str, Path]) -> None:
    answer = ask(place["file"], "SELECT 1 AS a, NULL AS b, 'x' AS c FROM range(5)", Limits(rows=3))
    assert [name for name, _ in answer.columns] == ["a", "b", "c"]
    assert answer.rows == (("1", None, "x"),) * 3
    assert answer.is_cut
    with pytest.raises(UsageProblem) as refusal:
        ask(place["file"], filled("FROM read_text('{secret}')", place))
    assert SECRET not in str(refusal.value)


@pytest.mark.parametrize(
    ("sql", "limits"),
    [
        ("SELECT count(*) FROM range(1000000000000)", Limits(seconds=2)),
        ("SELECT list(i) FROM range(1000000000) AS t(i)", Limits(seconds=60, memory_mb=64)),
    ],
    ids=["endless", "much memory"],
)
def test_what_takes_too_much_is_stopped_and_says_so(sql: str, limits: Limits, place: dict[str, Path]) -> None:
    with pytest.raises(UsageProblem, match=r"stopped after 2 seconds|more than 64 MB"):
        ask(place["file"], sql, limits)
    assert processes_of_queries() == []


def processes_of_queries() -> list[str]:
    """Processes that still answer questions for this one."""
    listed = subprocess.run(
        ["ps", "-o", "args=", "--ppid", str(os.getpid())], capture_output=True, text=True, check=False
    )
    return [line for line in listed.stdout.splitlines() if "paceline.query_process" in line]


@pytest.mark.tier("N")
@pytest.mark.parametrize(
    "sql",
    [
        "WITH RECURSIVE x AS (SELECT 1 AS n UNION ALL SELECT n + 1 FROM x) SELECT count(*) FROM x",
        "FROM range(100000000) AS a, range(100000) AS b ORDER BY hash(a.range, b.range)",
        "SELECT repeat('x', 2000000000)",
        "SELECT i FROM range(1000000000) AS t(i) ORDER BY random()",
        "SELECT string_agg(repeat('x', 1000000)) FROM range(10000)",
        "SELECT count(*) FILTER (regexp_matches(repeat('a', 100000 + i % 7), '(a+)+b')) FROM range(100000) AS t(i)",
    ],
)
def test_runaway_queries_of_all_kinds_end(sql: str, place: dict[str, Path]) -> None:
    with pytest.raises(UsageProblem):
        ask(place["file"], sql, Limits(seconds=5, memory_mb=128))
    assert processes_of_queries() == []


@pytest.mark.tier("N")
def test_nothing_gets_through_the_process(place: dict[str, Path], figure: Callable[[str], None]) -> None:
    before = files_of(place)
    hidden = [SECRET, *spellings(place)]
    for attempt in ATTEMPTS:
        sql = filled(attempt, place)
        try:
            shown = repr(ask(place["file"], sql).rows)
        except UsageProblem as refusal:
            shown = str(refusal)
        for typed in (str(place["secret"]), str(place["file"]), str(place["out"]), str(place["folder"])):
            if typed in sql:
                shown = shown.replace(typed, "")
        assert [word for word in hidden if word in shown] == [], attempt
        assert files_of(place) == before, attempt
    figure(f"0 of {len(ATTEMPTS)} attempts got through a process of their own")


def test_the_process_has_no_environment_of_ours(
    place: dict[str, Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PELOTON_REFRESH_TOKEN", SECRET)
    monkeypatch.setenv("HOME", str(place["folder"]))
    shown = repr(ask(place["file"], "FROM duckdb_settings()").rows)
    assert SECRET not in shown
    assert str(place["folder"]) not in shown


def test_the_imports_of_the_process_are_light() -> None:
    """A question costs a new process: whatever is slow to import must not creep into it."""
    told = subprocess.run(
        [sys.executable, "-c", "import sys, paceline.query_process; print(*sys.modules)"],
        capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert {"dagster", "polars", "typer", "starlette", "requests"} & {*told} == set()
    assert "duckdb" in told


def test_long_values_and_many_are_cut(place: dict[str, Path], tmp_path: Path) -> None:
    long = ask(place["file"], "SELECT repeat('x', 3000) FROM range(3000)", Limits(rows=3_000))
    assert {len(cell or "") for row in long.rows for cell in row} == {2_001}
    assert long.is_cut
    out = tmp_path / "all.csv"
    save(place["file"], "SELECT repeat('x', 100000) AS x FROM range(5)", out, Format.csv)
    assert [len(line) for line in out.read_text().splitlines()] == [1, *[100_000] * 5]
