"""Readers that never notice a publish, and builders that meet."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

from publishing import count, published, replant

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
reads = 0
print("ready", flush=True)
while not pathlib.Path(sys.argv[2]).exists():
    with duckdb.connect(sys.argv[1], read_only=True) as c:
        assert c.execute("SELECT count(*) FROM peloton.songs JOIN peloton.rides USING (ride_id)").fetchone()[0] > 0
    reads += 1
print(reads, flush=True)
"""


def test_a_reader_in_a_loop_never_fails_while_thirty_are_published(folder: Path, process: Process) -> None:
    for table in (folder / "lake" / "peloton").iterdir():
        if table.name not in ("rides", "songs"):
            shutil.rmtree(table)  # two tables are enough, and quickly published
    target = published(folder)
    reader = process(READ_IN_A_LOOP, target, folder / "enough")
    assert reader.stdout and reader.stderr and reader.stdout.readline() == "ready\n"
    for _ in range(30):
        published(folder)
    (folder / "enough").touch()
    assert reader.wait() == 0, reader.stderr.read()
    assert int(reader.stdout.read()) >= 2


PUBLISH = """
import sys; from pathlib import Path
from resources.warehouse import publish; from resources.lake import Lake; from resources.state import State
folder = Path(sys.argv[1])
for _ in range(4): publish(folder / "warehouse.duckdb", Lake(folder / "lake"), State(folder / "state"))
"""


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
