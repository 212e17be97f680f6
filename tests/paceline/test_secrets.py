"""No secret leaves the token store: not in any file below the data folder, not in what the commands print.

The scan reads what is compressed as well, and is itself tried on planted canaries.
"""

from __future__ import annotations

import base64
import json
import sqlite3
import zlib
from contextlib import closing
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from urllib.parse import quote

import duckdb
import pytest
import zstandard
from chain import CLASSES
from command import Ended, Home, together
from secret_scan import leaks

from sandbox.client import Sandbox

pytestmark = [pytest.mark.tier("N"), pytest.mark.promise("D4", "D6")]

MARCH, APRIL = (("--year", "2024", "--month", month, "--classes", "all") for month in ("3", "4"))
# What every token of the sandbox begins with, so that also those are found that were replaced long ago.
BEGINNINGS = ("v1.sandbox-", "eyJhbGciOiJub25l")


@dataclass(frozen=True)
class Told:
    home: Home
    secrets: set[str]
    synced: Ended
    rejected: Ended
    others: list[Ended]


@pytest.fixture(scope="module")
def told(tmp_path_factory: pytest.TempPathFactory) -> Told:
    """Two syncs from a provider that repeats our token in every kind of error, and what the other commands say."""
    with Sandbox(rate=0, classes=CLASSES) as sandbox:
        token = sandbox.refresh_token
        home = Home(tmp_path_factory.mktemp("secrets") / "data", sandbox)
        echo = f"Authorization: Bearer {token} is not welcome, refresh_token={quote(token)}"
        sandbox.faults(
            {"kind": "status", "endpoint": "archived", "status": 500, "text": echo, "at_request": 1},
            {"kind": "status", "endpoint": "details", "status": 403, "text": echo, "at_request": 1},
            {"kind": "status", "endpoint": "details", "status": 404, "json": {"message": echo}, "at_request": 3},
            {"kind": "expire_tokens", "endpoint": "details", "at_request": 5},
        )  # fmt: skip
        synced = home.sync(*MARCH)
        secrets = known_secrets(home) | {token}
        rejection = {"error": "invalid_grant", "error_description": echo}
        sandbox.faults({"kind": "status", "endpoint": "token", "status": 403, "json": rejection, "times": 0})
        sandbox.expire_tokens()
        rejected = home.sync(*APRIL)
        asked = (["status"], ["status", "--json"], ["sql", "FROM ops.failures"], ["rebuild"])
        others = together(*[partial(home.run, *words) for words in asked])
        return Told(home, secrets | known_secrets(home), synced, rejected, others)


def known_secrets(home: Home) -> set[str]:
    stored = json.loads((home.path / "state" / "tokens" / "peloton.json").read_text())
    return {stored["accounts"]["default"][name] for name in ("access_token", "refresh_token")}


def test_the_commands_met_the_errors_they_were_meant_to_meet(told: Told) -> None:
    assert told.synced.code == 0, told.synced.err
    assert told.rejected.code == 4, told.rejected.err
    assert len(told.secrets) >= 3, "the access token was replaced in mid-run"
    [(message,)] = told.home.ask("SELECT message FROM ops.failures")
    assert "[redacted]" in message


def test_no_file_of_the_data_folder_holds_a_secret(told: Told) -> None:
    assert leaks(told.home.path, told.secrets, BEGINNINGS) == set()


def test_no_command_prints_a_secret(told: Told) -> None:
    for ended in (told.synced, told.rejected, *told.others):
        for secret in (*told.secrets, *BEGINNINGS):
            assert secret not in ended.out + ended.err


def test_the_scan_finds_what_is_planted(told: Told, tmp_path: Path) -> None:
    secret = next(iter(told.secrets))
    (tmp_path / "a.log").write_text(f"Bearer {secret}")
    (tmp_path / "b.log").write_text(base64.b64encode(f"x{secret}y".encode()).decode())
    (tmp_path / "c.zst").write_bytes(zstandard.compress(secret.encode()))
    duckdb.sql(f"COPY (SELECT '{secret}' AS x) TO '{tmp_path / 'd.parquet'}' (COMPRESSION zstd)")
    with duckdb.connect(tmp_path / "e.duckdb") as warehouse:
        warehouse.execute(f"CREATE TABLE t AS SELECT '{secret}' AS x FROM range(1000)")
    with closing(sqlite3.connect(tmp_path / "f.db")) as database:  # over several pages, and packed
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (?)", ["-" * 4_000 + secret * 3 + "-" * 9_000])
        database.commit()
    with closing(sqlite3.connect(tmp_path / "g.db")) as database:
        database.execute("CREATE TABLE t (x)")
        database.execute("INSERT INTO t VALUES (?)", [zlib.compress(secret.encode())])
        database.commit()
    (tmp_path / "h.log").write_text(json.dumps({"url": f"https://x.invalid/?code={quote(secret, safe='')}"}))
    (tmp_path / "innocent.log").write_text("Bearer [redacted]")
    assert {path.name for path in leaks(tmp_path, {secret})} == {
        "a.log", "b.log", "c.zst", "d.parquet", "e.duckdb", "f.db", "g.db", "h.log",
    }  # fmt: skip
    tokens = told.home.path / "state" / "tokens" / "peloton.json"
    assert any(secret.encode() in tokens.read_bytes() for secret in told.secrets)
