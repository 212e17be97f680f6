"""Readers that never notice a publish, and builders that meet."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from publishing import count, published, replant

from resources.lake import Lake
from resources.state import State
from resources.warehouse import publish

Process = Callable[..., subprocess.Popen[str]]


def test_a_stale_wal_goes_at_the_swap(folder: Path) -> None:
    """It belongs to another file; DuckDB would replay it into the new one or refuse to open."""
    target = published(folder)
    target.with_name("warehouse.duckdb.wal").write_bytes(b"of another time")
    assert count(published(folder), "SELECT count(*) FROM peloton.rides") > 0
    assert not target.with_name("warehouse.duckdb.wal").exists()


def test_who_has_the_old_file_open_keeps_its_snapshot(folder: Path, process: Process) -> None:
    target = published(folder)
    reader = process(
        "import sys, duckdb; c = duckdb.connect(sys.argv[1], read_only=True)\n"
        "for line in sys.stdin: print(c.execute('SELECT count(*) FROM peloton.rides').fetchone()[0], flush=True)",
        target,
    )
    assert reader.stdin and reader.stdout

    def asked() -> int:
        print("?", file=reader.stdin, flush=True)
        return int(reader.stdout.readline())

    before = asked()
    replant(folder, "peloton.rides", "FROM rows LIMIT 1")
    assert count(published(folder), "SELECT count(*) FROM peloton.rides") < before
    assert asked() == before
    reader.stdin.close()
    assert reader.wait() == 0


READ_IN_A_LOOP = """
import sys, duckdb, pathlib
moments, reads = set(), 0
print("ready", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    with duckdb.connect(sys.argv[1], read_only=True) as c:
        rides, songs = (c.execute(f"SELECT count(*) FROM peloton.{t}").fetchone()[0] for t in ("rides", "songs"))
    moments.add((rides, songs))
    reads += 1
print(reads, *sorted(moments), sep="\\n", flush=True)
"""


@pytest.mark.promise("E4")
def test_a_reader_in_a_loop_sees_one_moment_at_each_read(
    folder: Path,
    process: Process,
    tmp_path: Path,
    size: Callable[..., int],
    figure: Callable[[str], None],
) -> None:
    for table in (folder / "lake" / "peloton").iterdir():
        if table.name not in ("rides", "songs"):
            shutil.rmtree(table)  # two tables are enough, and quickly published
    target, other = published(folder), shutil.copytree(folder / "lake", tmp_path / "other")
    replant(folder, "peloton.rides", "FROM rows LIMIT 1")
    replant(folder, "peloton.songs", "FROM rows LIMIT 2")
    state, publishes = State(folder / "state"), size(P=10, N=1000)
    reader = process(READ_IN_A_LOOP, target, folder / "enough")
    assert reader.stdout and reader.stderr and reader.stdout.readline() == "ready\n"
    moments = set()
    for number in range(publishes):
        rows = publish(target, Lake(other if number % 2 else folder / "lake"), state)
        moments.add((rows["peloton.rides"], rows["peloton.songs"]))
    (folder / "enough").touch()
    assert reader.wait() == 0, reader.stderr.read()
    reads, *seen = reader.stdout.read().splitlines()
    assert len(moments) == 2 and set(seen) <= {str(moment) for moment in moments}
    assert int(reads) >= 2
    figure(f"{publishes} publishes, {reads} reads, 0 failed, each saw one moment")


PUBLISH = """
import sys; from pathlib import Path
from resources.warehouse import publish; from resources.lake import Lake; from resources.state import State
folder = Path(sys.argv[1])
for _ in range(4): publish(folder / "warehouse.duckdb", Lake(folder / "lake"), State(folder / "state"))
"""


@pytest.mark.tier("N")
def test_two_processes_may_publish_at_once(folder: Path, process: Process) -> None:
    published(folder)
    builders = [process(PUBLISH, folder) for _ in range(2)]
    for builder in builders:
        assert builder.stderr
        assert (builder.wait(), builder.stderr.read()) == (0, "")
    assert count(folder / "warehouse.duckdb", "SELECT count(*) FROM peloton.rides") > 0


def test_what_a_killed_builder_left_behind_goes_with_the_next_build(folder: Path) -> None:
    for name in (".warehouse.duckdb.4194305.tmp", ".warehouse.duckdb.4194305.tmp.wal"):
        (folder / name).write_bytes(b"half a file")
    published(folder)
    assert sorted(path.name for path in folder.iterdir() if path.is_file()) == ["warehouse.duckdb"]
