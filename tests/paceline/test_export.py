"""`paceline export` as a person uses it, and what `paceline explore` says when its port is taken."""

from __future__ import annotations

import csv
import os
import shutil
import socket
import subprocess
import sys
from pathlib import Path

import polars as pl
import pytest
from command_line import paceline
from publishing import count, published

from paceline.songs import find


@pytest.fixture(scope="module")
def published_once(built: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    return published(shutil.copytree(built, tmp_path_factory.mktemp("exported") / "data"))


@pytest.fixture
def warehouse(published_once: Path, data_dir: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A warehouse that the command finds; it only reads it."""
    del data_dir  # set up first
    monkeypatch.setenv("PACELINE_DATA_DIR", str(published_once.parent))
    return published_once


def test_a_table_is_written_whole_in_both_formats(warehouse: Path, tmp_path: Path) -> None:
    rows = count(warehouse, "SELECT count(*) FROM peloton.songs")
    for name in ("songs.csv", "songs.parquet"):
        assert paceline("export", "peloton.songs", "--out", str(tmp_path / name)).code == 0
    frame = pl.read_parquet(tmp_path / "songs.parquet")
    with (tmp_path / "songs.csv").open(newline="") as file:
        head, *told = csv.reader(file)
    assert frame.height == len(told) == rows > 0
    assert head == frame.columns
    assert [row[head.index("song_id")] for row in told] == frame["song_id"].to_list()


def test_hits_of_a_search_are_those_of_the_command(warehouse: Path, tmp_path: Path) -> None:
    out = tmp_path / "hits.parquet"
    assert paceline("export", "--songs", "lighthouse", "--out", str(out)).code == 0
    hits, all_hits = find(warehouse, "lighthouse", {}, 1_000_000)
    assert pl.read_parquet(out).rows(named=True) == hits
    assert all_hits == len(hits)


def test_standard_output_is_a_file_for_the_next_program(warehouse: Path) -> None:
    ended = subprocess.run(
        [sys.executable, "-m", "paceline", "export", "--sql", "SELECT 1 AS a, '@x' AS b"],
        capture_output=True, text=True, check=True, env={**os.environ, "PACELINE_DATA_DIR": str(warehouse.parent)},
    )  # fmt: skip
    assert ended.stdout == "a,b\n1,'@x\n"


@pytest.mark.usefixtures("warehouse")
@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ([], "Give a TABLE"),
        (["peloton.songs", "--sql", "SELECT 1"], "One thing"),
        (["peloton.song"], "Did you mean peloton.songs"),
        (["pg_catalog.pg_class"], "no table"),
        (["--sql", "DROP TABLE peloton.songs"], "Only one SELECT"),
        (["--sql", "SELECT nothing"], "DuckDB says"),
        (["--sql", "FROM read_text('/etc/passwd')", "--out", "x.csv"], "disabled by configuration"),
        (["peloton.songs", "--out", "."], "is a folder"),
    ],
)
def test_what_cannot_be_exported_is_said(asked: list[str], words: str) -> None:
    ended = paceline("export", *asked)
    assert ended.code == 2
    assert words in ended.err
    assert not Path("x.csv").exists()


def test_without_a_warehouse_it_says_what_to_run(data_dir: Path) -> None:
    ended = paceline("export", "peloton.songs")
    assert ended.code == 1
    assert "paceline sync" in ended.err
    assert not data_dir.exists()


def test_a_port_that_is_taken_is_said(data_dir: Path) -> None:
    del data_dir
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]
        ended = paceline("explore", "--port", str(port))
    assert ended.code == 2
    assert f"Port {port}" in ended.err and "--port" in ended.err
