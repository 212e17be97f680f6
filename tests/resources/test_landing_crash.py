"""Landing through crashes: torn lines, half-done sealing, killed writers, and several at once."""

from __future__ import annotations

import json
import random
import shutil
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from landed import BEGAN, Told

from resources.landing import PART, Landing, read_lines

Process = Callable[..., subprocess.Popen[str]]
SEGMENT = ("peloton", "ride_details", "2024-03")
WRITE = """
import sys
from datetime import UTC, datetime
from pathlib import Path
sys.path.insert(0, "tests")
from landed import Told
from resources.landing import Landing
writer = Landing(Path(sys.argv[1])).writer("peloton", "ride_details", "2024-03")
for number, _ in enumerate(sys.stdin):
    writer.write(Told('{"n": %d, "filling": "%s"}' % (number, "x" * int(sys.argv[2])), datetime.now(UTC)), str(number))
    print(number, flush=True)
writer.seal()
"""


@pytest.fixture
def landing(tmp_path: Path) -> Landing:
    return Landing(tmp_path / "landing")


def items(paths: list[Path]) -> list[str]:
    return [json.loads(line)["item"] for path in paths for line in read_lines(path)]


def open_part(landing: Landing, count: int) -> Path:
    """What a run that died after `count` answers left behind."""
    writer = landing.writer(*SEGMENT)
    for number in range(count):
        writer.write(Told(json.dumps({"n": number}), BEGAN), str(number))
    (part,) = landing.root.glob(f"*/*/*/*{PART}")
    left = part.with_name(f"left-behind{PART}")
    shutil.copyfile(part, left)
    writer.seal()
    for sealed in landing.sealed(*SEGMENT):
        sealed.unlink()
    return left


@pytest.mark.parametrize("cut", [1, 2, 7, 40, 120])
def test_a_torn_last_line_is_dropped_and_the_others_stay(landing: Landing, cut: int) -> None:
    part = open_part(landing, 3)
    part.write_bytes(part.read_bytes()[:-cut])
    assert items([part]) == ["0", "1"]
    assert items(landing.recover()) == ["0", "1"]
    assert not part.exists()


def test_a_part_in_which_nothing_is_whole_goes(landing: Landing) -> None:
    part = open_part(landing, 1)
    part.write_bytes(part.read_bytes()[:20])
    assert landing.recover() == []
    assert list(part.parent.iterdir()) == []


def test_sealing_may_be_killed_between_rename_and_unlink(landing: Landing) -> None:
    part = open_part(landing, 3)
    copy = part.read_bytes()
    (sealed,) = landing.recover()
    before = sealed.read_bytes()
    part.write_bytes(copy)
    assert landing.recover() == [sealed]
    assert sealed.read_bytes() == before
    assert list(part.parent.iterdir()) == [sealed]


def test_recovery_leaves_living_writers_alone(landing: Landing, process: Process) -> None:
    writer = process(WRITE, landing.root, 10)
    assert writer.stdin and writer.stdout
    print("go", file=writer.stdin, flush=True)
    assert writer.stdout.readline() == "0\n"
    assert landing.recover() == []
    print("go", file=writer.stdin, flush=True)
    assert writer.stdout.readline() == "1\n"
    writer.stdin.close()
    assert writer.wait() == 0
    assert items(landing.sealed(*SEGMENT)) == ["0", "1"]


@pytest.mark.promise("A1")
@pytest.mark.parametrize("seed", range(5))
def test_a_killed_writer_loses_no_acknowledged_answer(landing: Landing, process: Process, seed: int) -> None:
    """Answers of 200 KB, so that the kill hits writing as often as waiting."""
    draw = random.Random(seed)
    writer = process(WRITE, landing.root, 200_000)
    assert writer.stdin and writer.stdout
    print("go\n" * 200, file=writer.stdin, flush=True)
    acknowledged = [writer.stdout.readline().strip() for _ in range(draw.randrange(1, 60))]
    writer.kill()
    acknowledged += writer.stdout.read().split()
    writer.wait()
    landing.recover()
    found = items(landing.sealed(*SEGMENT))
    assert found[: len(acknowledged)] == acknowledged
    assert len(found) <= len(acknowledged) + 1, "one may have been on the disk and not yet acknowledged"
    assert list(landing.root.glob(f"*/*/*/*{PART}")) == []


def test_segments_written_at_once_do_not_meet(landing: Landing, process: Process) -> None:
    writers = [process(WRITE, landing.root, 100) for _ in range(3)]
    for writer in writers:
        assert writer.stdin
        print("go\n" * 19, file=writer.stdin, flush=True)
        writer.stdin.close()
    assert [writer.wait() for writer in writers] == [0, 0, 0]
    assert len(landing.sealed(*SEGMENT)) == 3
    assert sorted(items(landing.sealed(*SEGMENT)), key=int) == sorted([*map(str, range(20))] * 3, key=int)
