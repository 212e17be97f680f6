"""Windows of the clock that processes share: cut by the provider's clock, corrected by its counts, never exceeded.

All of it in the file of one host, and in a Redis and a PostgreSQL that several share.
"""

from __future__ import annotations

import os
import sqlite3
import subprocess
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

import pytest

from resources.database import Place
from resources.errors import StorageProblem
from resources.window_book import LONGEST_CALL_S, Moment, Told, Window
from resources.window_ledger import WindowLedger
from resources.window_shelves import FileShelf, PostgresShelf, RedisShelf

QUARTER_S, DAY_S = 900, 86_400
NOON_S = 20_000 * DAY_S + DAY_S / 2  # of a day long ago; a window begins there
SHORT, LONG = Window("read", QUARTER_S, 10), Window("read", DAY_S, 100)
WINDOWS = (SHORT, LONG, Window("overall", QUARTER_S, 20), Window("overall", DAY_S, 200))


@dataclass
class Clocks:
    """Ours, which may be wrong, and the host's uptime."""

    wall_s: float = NOON_S
    uptime_s: float = 5_000.0

    def pass_by(self, seconds: float) -> None:
        self.wall_s += seconds
        self.uptime_s += seconds


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> Clocks:
    clocks = Clocks()
    for shelf in (FileShelf, PostgresShelf, RedisShelf):
        monkeypatch.setattr(shelf, "now", lambda *_: Moment(clocks.wall_s, clocks.uptime_s))
    return clocks


@pytest.fixture(
    params=[
        "file",
        pytest.param("Redis", marks=pytest.mark.tier("N")),
        pytest.param("PostgreSQL", marks=pytest.mark.tier("N")),
    ]
)
def place(request: pytest.FixtureRequest, tmp_path: Path) -> Place:
    """Where the counts are kept; there are none yet."""
    if request.param == "file":
        return tmp_path / "limits.sqlite"
    return request.getfixturevalue("empty_redis_url" if request.param == "Redis" else "database_url")


@pytest.fixture
def one(place: Place, clocks: Clocks) -> WindowLedger:
    return ledger(place)


def ledger(place: Place, caller: str = "", name: str = "app") -> WindowLedger:
    return WindowLedger(place, name, WINDOWS, caller)


def used(ledger: WindowLedger) -> list[int]:
    return [each.used for each in ledger.spent()]


def call(ledger: WindowLedger, *told: Told, server_time: float | None = None) -> None:
    """One that goes and comes back."""
    assert ledger.take() == (0.0, None)
    ledger.answered(told, server_time)


def take_all(ledger: WindowLedger) -> int:
    """How many more may go."""
    for count in range(1_000):
        if ledger.take()[1]:
            return count
        ledger.answered([], None)
    raise AssertionError("no end")


# ------------------------------------------------------------------ windows


def test_a_call_takes_one_of_every_window_or_of_none(one: WindowLedger, clocks: Clocks) -> None:
    clocks.pass_by(100)
    for count in range(10):
        assert used(one) == [count] * 4
        assert one.take() == (0.0, None)
    assert one.take() == (800.0, SHORT)
    assert used(one) == [10] * 4, "also of those that have room"
    clocks.pass_by(800)
    one.answered([], None)
    assert used(one) == [0, 10, 0, 10]


def test_the_wait_is_for_the_last_of_the_full_windows(one: WindowLedger, clocks: Clocks) -> None:
    for _ in range(10):
        assert take_all(one) == 10
        clocks.pass_by(QUARTER_S)
    assert one.take() == (DAY_S / 2 - 10 * QUARTER_S, LONG)
    clocks.pass_by(DAY_S / 2 - 10 * QUARTER_S - 1)
    assert one.take() == (1.0, LONG)
    clocks.pass_by(1)
    assert take_all(one) == 10, "a new day, and a new quarter hour"


def test_a_share_is_left_for_a_person(one: WindowLedger, place: Place) -> None:
    person = ledger(place, "a person")
    for _ in range(8):
        assert one.take(reserve_share=0.2)[1] is None
    assert one.take(reserve_share=0.2)[1] == SHORT
    assert take_all(person) == 2
    tight = WindowLedger(place, "tight", [Window("read", QUARTER_S, 1)])
    assert tight.take(reserve_share=0.9)[1] is None, "never nothing at all"


def test_applications_do_not_share(one: WindowLedger, place: Place) -> None:
    assert take_all(one) == take_all(ledger(place, name="another")) == 10


def test_threads_and_processes_share(place: Place, process: Callable[..., subprocess.Popen[str]]) -> None:
    code = (
        "import sys; from pathlib import Path\n"
        "from resources.window_book import Window\n"
        "from resources.window_ledger import WindowLedger\n"
        "place = sys.argv[1] if '://' in sys.argv[1] else Path(sys.argv[1])\n"
        "ledger = WindowLedger(place, 'app', [Window('read', 10**8, 50)])\n"
        "print(sum(ledger.take()[1] is None for _ in range(40)))"
    )
    crowd = [process(code, place) for _ in range(3)]
    told = [each.communicate() for each in crowd]
    assert [err for _, err in told] == [""] * 3
    assert sum(int(out) for out, _ in told) == 50


# ------------------------------------------------------------------ what answers tell


def test_the_providers_count_is_the_truth_of_who_else_spends(one: WindowLedger) -> None:
    call(one, Told("read", QUARTER_S, 7, 10))
    assert used(one) == [7, 1, 1, 1]
    assert take_all(one) == 3


def test_a_count_that_falls_is_not_believed(one: WindowLedger) -> None:
    call(one, Told("read", QUARTER_S, 7, 10))
    call(one, Told("read", QUARTER_S, 3, 10))
    assert used(one)[0] == 8


def test_a_limit_may_fall_and_rise_up_to_the_ceiling(one: WindowLedger, clocks: Clocks) -> None:
    call(one, Told("read", QUARTER_S, 1, 5))
    assert take_all(one) == 4
    clocks.pass_by(QUARTER_S)
    assert take_all(one) == 5, "it stays, although the window is new"
    clocks.pass_by(QUARTER_S)
    call(one, Told("read", QUARTER_S, 1, 5_000))
    assert take_all(one) == 9


def test_calls_under_way_are_not_counted_twice(place: Place, clocks: Clocks) -> None:
    """The provider may have seen them when it counted. Else a limit would never be used up."""
    crowd = [ledger(place, f"worker {number}") for number in range(4)]
    for each in crowd:
        each.take()
    crowd[0].answered([Told("read", QUARTER_S, 4, 10)], None)
    assert used(crowd[0])[0] == 4
    crowd[1].answered([Told("read", QUARTER_S, 7, 10)], None)
    assert take_all(crowd[0]) == 3


# ------------------------------------------------------------------ ends of windows


def test_what_is_under_way_at_the_end_counts_in_both_windows(place: Place, clocks: Clocks) -> None:
    """Nobody knows in which it arrives."""
    crowd = [ledger(place, f"worker {number}") for number in range(3)]
    clocks.pass_by(QUARTER_S - 1)
    for each in crowd:
        each.take()
    clocks.pass_by(2)
    assert used(crowd[0]) == [3, 3, 3, 3]
    crowd[0].answered([Told("read", QUARTER_S, 1, 10)], NOON_S + QUARTER_S)
    assert used(crowd[0])[0] == 3


def test_a_call_whose_answer_never_came_is_under_way_for_two_minutes(place: Place, clocks: Clocks) -> None:
    one, other = ledger(place, "one"), ledger(place, "other")
    clocks.pass_by(QUARTER_S - LONGEST_CALL_S + 1)
    other.take()
    clocks.pass_by(LONGEST_CALL_S - 1)
    assert used(one)[0] == 1
    clocks.pass_by(QUARTER_S)
    assert used(one)[0] == 0
    clocks.pass_by(QUARTER_S - 1)
    other.take()
    clocks.pass_by(1)
    clocks.uptime_s = 10.0  # started anew
    assert used(one)[0] == 0


def test_another_try_is_the_same_caller(one: WindowLedger, clocks: Clocks) -> None:
    """The first got no answer: a reset, say."""
    clocks.pass_by(QUARTER_S - 1)
    for _ in range(3):
        one.take()
    clocks.pass_by(1)
    assert used(one)[0] == 1


def test_a_killed_process_leaves_nothing_under_way_for_ever(
    place: Place, process: Callable[..., subprocess.Popen[str]], clocks: Clocks
) -> None:
    code = (
        "import os, sys; from pathlib import Path\n"
        "from resources import window_shelves as shelves\n"
        "from resources.window_book import Moment, Window\n"
        "from resources.window_ledger import WindowLedger\n"
        "for shelf in (shelves.FileShelf, shelves.PostgresShelf, shelves.RedisShelf):\n"
        f"    shelf.now = lambda *_: Moment({clocks.wall_s}, {clocks.uptime_s})\n"
        "place = sys.argv[1] if '://' in sys.argv[1] else Path(sys.argv[1])\n"
        "WindowLedger(place, 'app', [Window('read', 900, 10)]).take()\n"
        "os.kill(os.getpid(), 9)"
    )
    killed = process(code, place)
    killed.communicate()
    assert killed.returncode == -9
    one = ledger(place)
    call(one, Told("read", QUARTER_S, 2, 10))
    assert used(one)[0] == 2
    clocks.pass_by(QUARTER_S)
    assert used(one)[0] == 0
    assert take_all(one) == 10


def test_an_answer_of_the_last_window_tells_nothing_of_this_one(place: Place, clocks: Clocks) -> None:
    one, slow = ledger(place, "one"), ledger(place, "slow")
    call(one, server_time=clocks.wall_s)
    clocks.pass_by(QUARTER_S - 1)
    slow.take()
    sent_s = clocks.wall_s
    clocks.pass_by(3)
    call(one, server_time=clocks.wall_s)
    slow.answered([Told("read", QUARTER_S, 10, 10), Told("read", DAY_S, 44, 100)], sent_s)
    assert used(one) == [2, 44, 2, 3], "but it does of the day"


def test_a_slow_answer_does_not_turn_the_clock_back(place: Place, clocks: Clocks) -> None:
    """Else a window that a refusal has closed would be open again."""
    one, slow = ledger(place, "one"), ledger(place, "slow")
    call(one, server_time=clocks.wall_s)
    clocks.pass_by(QUARTER_S - 1)
    slow.take()
    sent_s = clocks.wall_s
    clocks.pass_by(5)
    call(one, server_time=clocks.wall_s)
    assert one.fill("read", QUARTER_S, clocks.wall_s) == QUARTER_S - 4
    slow.answered([], sent_s)
    for _ in range(3):
        assert one.take()[1] == SHORT
        clocks.pass_by(20)


def test_a_refusal_closes_its_window_for_everybody(place: Place, clocks: Clocks) -> None:
    one, other = ledger(place, "one"), ledger(place, "other")
    clocks.pass_by(300)
    one.take()
    one.answered([], None)
    assert one.fill("read", QUARTER_S) == 600
    assert other.take() == (600.0, SHORT)
    assert used(other) == [10, 1, 1, 1]
    clocks.pass_by(600)
    assert take_all(other) == 10
    assert one.fill(None, DAY_S) == DAY_S / 2 - QUARTER_S
    assert used(one) == [10, 100, 10, 200]


def test_a_refusal_of_the_last_window_closes_nothing(one: WindowLedger, clocks: Clocks) -> None:
    call(one, server_time=clocks.wall_s)
    sent_s = clocks.wall_s
    clocks.pass_by(QUARTER_S + 1)
    assert one.fill("read", QUARTER_S, sent_s) == 0.0
    assert take_all(one) == 10


# ------------------------------------------------------------------ whose clock


@pytest.mark.promise("C1")
@pytest.mark.parametrize("ahead_s", [-DAY_S, -13 * 3_600, -100, 100, 450, 13 * 3_600, DAY_S])
def test_windows_end_by_the_providers_clock(ahead_s: float, one: WindowLedger, clocks: Clocks) -> None:
    """Ours is so far off."""
    theirs = clocks.wall_s
    clocks.wall_s += ahead_s
    call(one, Told("read", QUARTER_S, 9, 10), server_time=theirs)
    assert take_all(one) == 1
    assert one.take() == (QUARTER_S, SHORT)
    clocks.pass_by(QUARTER_S - 1)
    assert one.take() == (1.0, SHORT)
    clocks.pass_by(1)
    assert take_all(one) == 10


@pytest.mark.promise("C1")
@pytest.mark.parametrize("jump_s", [-DAY_S, -2_000, 2_000, DAY_S])
def test_a_clock_that_is_set_is_noticed_by_the_next_answer(
    jump_s: float, one: WindowLedger, clocks: Clocks
) -> None:
    theirs = clocks.wall_s
    call(one, server_time=theirs)
    clocks.wall_s += jump_s
    call(one, Told("read", QUARTER_S, 9, 10), server_time=theirs)
    assert used(one)[0] >= 9
    assert take_all(one) <= 1
    assert one.take() == (QUARTER_S, SHORT)


@pytest.mark.parametrize("date_s", [0.0, NOON_S - 10 * 365 * DAY_S, NOON_S + 10 * 365 * DAY_S])
def test_an_absurd_date_moves_no_window(date_s: float, one: WindowLedger, clocks: Clocks) -> None:
    call(one, server_time=clocks.wall_s)
    call(one, Told("read", QUARTER_S, 5, 10), server_time=date_s)
    assert take_all(one) == 5, "what it tells beside the date is heard"
    assert one.take() == (QUARTER_S, SHORT)
    assert one.fill("read", QUARTER_S, date_s) == QUARTER_S


def test_whole_seconds_and_delays_make_us_late_and_never_early(one: WindowLedger, clocks: Clocks) -> None:
    """Of many samples the earliest arrival is nearest to the truth."""
    for late_s in (0.9, 0.2, 3.0, 0.8):
        clocks.wall_s += 10
        call(one, server_time=clocks.wall_s - late_s)
    clocks.wall_s = NOON_S + QUARTER_S
    assert one.spent()[0].resets_in_s == pytest.approx(0.2)


def test_what_was_learnt_of_the_clocks_gets_old(one: WindowLedger, clocks: Clocks) -> None:
    """A clock that drifts, or was set by some seconds."""
    call(one, server_time=clocks.wall_s + 30)
    clocks.pass_by(QUARTER_S + 1)
    call(one, server_time=clocks.wall_s)
    assert one.spent()[0].resets_in_s == QUARTER_S - 1


@pytest.mark.parametrize("shared", ["empty_redis_url", "database_url"])
def test_a_host_whose_clock_is_wrong_agrees_with_the_others(
    shared: str, request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The time is that of the server."""
    place, now = request.getfixturevalue(shared), time.time
    week = [Window("read", 7 * DAY_S, 3)]
    for ahead_s in (0, -DAY_S, 30 * DAY_S):
        monkeypatch.setattr(time, "time", lambda ahead_s=ahead_s: now() + ahead_s)
        assert WindowLedger(place, "app", week, f"a host {ahead_s} s ahead").take() == (0.0, None)
    (spent,) = WindowLedger(place, "app", week).spent()
    assert spent.used == 3


# ------------------------------------------------------------------ storage


def test_the_counts_of_an_earlier_version_stand(tmp_path: Path, clocks: Clocks) -> None:
    """It kept a row for each window."""
    with closing(sqlite3.connect(tmp_path / "limits.sqlite")) as db, db:
        db.execute("CREATE TABLE call_windows (name, bucket, period_s, began, used, allowed)")
        rows = [("app", "read", DAY_S, NOON_S - DAY_S / 2, 96, 100), ("another", "read", DAY_S, 0, 9, None)]
        db.executemany("INSERT INTO call_windows VALUES (?, ?, ?, ?, ?, ?)", rows)
    assert used(ledger(tmp_path / "limits.sqlite")) == [0, 96, 0, 0]
    assert take_all(ledger(tmp_path / "limits.sqlite")) == 4


def test_a_folder_that_cannot_be_written_is_told(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        (tmp_path / "limits.sqlite").mkdir()
    else:
        tmp_path.chmod(0o500)
    with pytest.raises(StorageProblem):
        ledger(tmp_path / "limits.sqlite").take()
    tmp_path.chmod(0o700)
